import type { ReaderAddress } from "../pubsub/reader.ts";
import type { DrainMeter } from "./drain-meter.ts";

/**
 * - `sluice-postgres`, `sluice-pglite`  the service's intake: inbox, revision, first step, its job and the position
 *                                       commit together.
 * - `peer-unawaited`                    a popular client and `queue.add` that nobody waits for: what is on its way to
 *                                       Redis when the process dies is lost, and no position is saved.
 * - `peer-awaited`                      the same, one event after another: add, wait, save the replay id, wait.
 */
export const contenderNames = ["sluice-postgres", "peer-unawaited", "sluice-pglite", "peer-awaited"] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Where a contender reads and where it leaves what it read: empty at its start, and its own. */
export type DrainTask = {
  readonly contender: ContenderName;
  readonly address: ReaderAddress;
  readonly count: number;
  /** Holds the embedded database. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly redisPort: number;
};

/** What a contender has in its store, read back: by what it is, how often. */
export type Inventory = Readonly<Record<string, number>>;

/** A contender with its store open and its client ready. */
export type Drain = {
  /** Reads from the earliest event and tells the meter; resolves when the meter has all. */
  run(meter: DrainMeter): Promise<void>;
  /** Everything counted here must be there once for each event. */
  takeInventory(): Promise<Inventory>;
  /** What the store itself says about how it makes things durable. */
  durability(): Promise<string>;
  close(): Promise<void>;
};
