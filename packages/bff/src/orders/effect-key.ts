import { createHash } from "node:crypto";

/** What an outside effect is for. The revision is no part of it, so that a second approval cannot buy twice. */
export type EffectIdentity = {
  readonly orgId: string;
  readonly orderId: string;
  readonly lineId: string | null;
  readonly unit: number;
  readonly step: string;
  /** Rises only after a compensation or by an operator's order of a fresh purchase. */
  readonly purchase: number;
};

/** 40 hexadecimal characters: fits every downstream's limit (64) and holds no `:`. */
export function effectKeyOf(identity: EffectIdentity): string {
  const { orgId, orderId, lineId, unit, step, purchase } = identity;
  const parts = [orgId, orderId, lineId ?? "-", String(unit), step, String(purchase)];
  return createHash("sha256").update(parts.join("|")).digest("hex").slice(0, 40);
}
