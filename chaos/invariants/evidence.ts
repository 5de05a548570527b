import type { BusGeneration } from "../org/bus-recorder.ts";
import type { OrgOrder } from "../org/org-orders.ts";
import type { DownstreamRecords } from "../store/downstream-records.ts";
import type { StoreRecords } from "../store/store-records.ts";

/** Everything that was seen from the outside, after the faults stopped. */
export type Evidence = {
  readonly orders: readonly OrgOrder[];
  /** How often the campaign approved each order, those before go-live included. */
  readonly approvals: ReadonlyMap<string, number>;
  readonly beforeGoLive: ReadonlySet<string>;
  readonly generations: readonly BusGeneration[];
  /** Ids of events that never reached the bus. */
  readonly lost: ReadonlySet<string>;
  readonly reusedIds: ReadonlySet<string>;
  readonly store: StoreRecords;
  readonly downstreams: DownstreamRecords;
  /** What readers of the org saw go backwards while the campaign ran. */
  readonly fallenVersions: readonly string[];
};

/** What became of one invariant of the design's section 4. */
export type Verdict = {
  readonly invariant: number;
  readonly title: string;
  readonly counts: Readonly<Record<string, number>>;
  /** One sentence for each breach; empty when it holds. */
  readonly broken: readonly string[];
};
