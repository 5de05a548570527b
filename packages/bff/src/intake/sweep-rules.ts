/** How often the sweep looks, and how long it leaves events time to come by themselves. */
export type SweepRules = {
  readonly intervalMs: number;
  /** An approval younger than this may still be on its way. */
  readonly graceMs: number;
  /** A gap is closed no sooner than so long after its window's end. */
  readonly settleMs: number;
};

export const defaultSweepRules: SweepRules = { intervalMs: 300_000, graceMs: 180_000, settleMs: 900_000 };

/** The bus keeps events for so long: a position that did not move for longer may have lost some. */
export const RETENTION_MS = 72 * 60 * 60 * 1000;

/** What the clocks of the org and of this machine may differ by, and what a commit may take to show. */
export const MARGIN_MS = 300_000;

/** Every order since go-live is looked at so often; in between only those that changed. */
export const ALL_EVERY_MS = 24 * 60 * 60 * 1000;
