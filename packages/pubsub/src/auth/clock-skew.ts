import type { HttpAnswer } from "../network/http-exchange.ts";

const TOLERATED_MS = 60_000;
/** A `Date` header is cut to the second. */
const DATE_STEP_MS = 1_000;

/**
 * How this machine's clock stands to the one that answered:
 * - `unknown` the answer has no date
 * - `fine`    they differ by 60 s at most, or the answer took so long that one cannot tell
 * - `off`     they differ by more; `aheadMs` is negative when this machine's clock is behind
 */
export type ClockSkew =
  | { readonly kind: "unknown" }
  | { readonly kind: "fine" }
  | { readonly kind: "off"; readonly aheadMs: number };

/** Compares our clock with the `Date` of an answer. It was written between sending and receiving. */
export function clockSkewOf(answer: Pick<HttpAnswer, "date" | "sentAtMs" | "receivedAtMs">): ClockSkew {
  const { date, sentAtMs, receivedAtMs } = answer;
  const dateMs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(dateMs)) return { kind: "unknown" };
  const uncertainMs = (receivedAtMs - sentAtMs) / 2 + DATE_STEP_MS;
  const aheadMs = (sentAtMs + receivedAtMs) / 2 - dateMs;
  return Math.abs(aheadMs) - uncertainMs > TOLERATED_MS ? { kind: "off", aheadMs } : { kind: "fine" };
}

/** `5 min 3 s` */
export function spell(durationMs: number): string {
  const seconds = Math.round(Math.abs(durationMs) / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .slice(0, 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
