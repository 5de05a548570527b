import type { RevisionState } from "../../orders/revision-state.ts";

/** States as operators read them. */
export const stateWords: Readonly<Record<RevisionState, string>> = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting",
  customer: "Customer's turn",
  held: "Held",
  cancelling: "Cancelling",
  completed: "Completed",
  cancelled: "Cancelled",
  failed: "Failed",
  before_go_live: "Before go-live",
  absorbed: "Absorbed",
};

type Detail = Readonly<Record<string, unknown>>;

/** One line about a journal entry, for people. */
export function sayEntry(kind: string, detail: Detail): string {
  const label = text(detail["label"]) ?? "step";
  switch (kind) {
    case "received":
      return "Approval received from Salesforce";
    case "duplicate":
      return "The same approval came again; nothing to do";
    case "absorbed":
      return "Approved again; the work under way covers it";
    case "before_go_live":
      return "Approved before go-live; not started";
    case "observed":
      return "Approval received while observing; not started";
    case "would_do":
      return `Observing: ${wouldDo(detail)}`;
    case "cancel_requested":
      return "Cancelled in Salesforce";
    case "planned":
      return `Order checked and planned: ${count(detail["steps"])} steps`;
    case "step_started":
      return `${label}: started${detail["lookUpFirst"] === true ? ", looking up an earlier attempt first" : ""}`;
    case "step_done":
      return `${label}: done${reference(detail)}`;
    case "step_waiting":
      return `${label}: accepted, waiting for it to finish`;
    case "step_retry":
      return `${label}: ${text(detail["code"]) ?? "failed"}, next try in ${seconds(detail["delayMs"])}. ${text(detail["summary"]) ?? ""}`;
    case "step_failed":
      return `${label}: ${text(detail["code"]) ?? "failed"}. ${text(detail["summary"]) ?? ""}`;
    case "step_recovered":
      return `${label}: its worker died; taken up again`;
    case "state":
      return `Order is ${stateWord(detail["to"])} now`;
    case "salesforce_written":
      return `Salesforce shows ${text(detail["status"]) ?? ""}`;
    case "salesforce_refused":
      return `Salesforce refused the write: ${text(detail["reason"]) ?? ""}`;
    case "salesforce_activated":
      return "Order activated in Salesforce";
    default:
      return kind;
  }
}

function wouldDo(detail: Detail): string {
  switch (detail["would"]) {
    case "provision":
      return `would have been provisioned in ${count(detail["steps"])} steps`;
    case "hold":
      return `would have been held, ${text(detail["code"]) ?? ""}. ${text(detail["summary"]) ?? ""}`;
    default:
      return `would have been left alone: ${text(detail["reason"]) ?? ""}`;
  }
}

function stateWord(value: unknown): string {
  const key = text(value);
  const word = key === undefined ? undefined : (stateWords as Readonly<Record<string, string>>)[key];
  return (word ?? key ?? "changed").toLowerCase();
}

function reference(detail: Detail): string {
  const id = text(detail["reference"]);
  if (id === undefined) return "";
  return detail["adopted"] === true ? `, found as ${id}` : `, ${id}`;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function count(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function seconds(value: unknown): string {
  return typeof value === "number" ? `${(value / 1000).toFixed(1)} s` : "a moment";
}
