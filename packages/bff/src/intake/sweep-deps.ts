import type { ApprovalPage, ApprovalScope, OrderVisibility } from "../orders/approval-search.ts";
import type { FoundRequest } from "../orders/found-request.ts";
import type { Admission } from "../store/admission.ts";
import type { Database } from "../store/database.ts";
import type { GapTopic } from "../store/gap.ts";
import type { SweepRules } from "./sweep-rules.ts";

/** What the sweep touches outside itself; what it needs of Salesforce reaches it as functions. */
export type SweepDeps = {
  readonly database: Database;
  readonly gapTopic: GapTopic;
  readonly rules: SweepRules;
  readPages(scope: ApprovalScope, signal: AbortSignal): AsyncIterable<ApprovalPage>;
  readVisibility(signal: AbortSignal): Promise<OrderVisibility>;
  standingOf(status: string): "approved" | "cancelled" | "other";
  /** One transaction; nothing of it is started twice. */
  admit(found: readonly FoundRequest[], receivedAt: string): Promise<readonly Admission[]>;
  now(): number;
  onAdmitted(count: number): void;
  onProblem(message: string): void;
};
