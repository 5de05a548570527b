import type { ApprovalPage, ApprovalScope } from "../../orders/approval-search.ts";
import type { ComparedOrder } from "../../orders/approved-order.ts";
import type { FoundRequest } from "../../orders/found-request.ts";
import type { OrderStanding } from "../../orders/order-standing.ts";
import type { RevisionState } from "../../orders/revision-state.ts";
import type { Store } from "../../store/store.ts";
import type { ProvisioningModule } from "../module.ts";

/** What a comparison touches outside this room; what it needs of Salesforce reaches it as functions. */
export type ReconcileDeps = {
  readonly store: Store;
  readonly modules: readonly ProvisioningModule[];
  /** Nothing younger is a finding: work that goes on is not wrong. */
  readonly graceMs: number;
  readApprovalPages(scope: ApprovalScope, signal: AbortSignal): AsyncIterable<ApprovalPage<ComparedOrder>>;
  readOrders(orderIds: readonly string[], signal: AbortSignal): Promise<readonly ComparedOrder[]>;
  standingOf(status: string): OrderStanding;
  provisioningStatusOf(state: RevisionState): string | null;
  /** The sweep's way in. */
  admit(orgId: string, found: readonly FoundRequest[], receivedAt: string): Promise<unknown>;
  now(): number;
};

/** One comparison, as it was ordered. */
export type Comparison = {
  readonly orgId: string;
  readonly goLiveAt: string;
  /** Orders approved since then, and effects made since then, are compared; those at work always are. */
  readonly since: string;
};

export type ReconcileProgress = {
  /** What is compared now. */
  readonly phase: "orders" | "unfinished" | "steps" | "effects";
  /** Orders compared so far. */
  readonly orders: number;
  /** Records of downstreams read so far. */
  readonly records: number;
  readonly findings: number;
};
