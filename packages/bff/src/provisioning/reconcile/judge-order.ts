import type { ComparedOrder } from "../../orders/approved-order.ts";
import { foundRequest } from "../../orders/found-request.ts";
import type { OrderStanding } from "../../orders/order-standing.ts";
import type { RevisionState } from "../../orders/revision-state.ts";
import { isUnfinished } from "../../orders/revision-state.ts";
import type { LedgerOrder } from "../../store/compared-orders.ts";
import type { SeenRevision } from "../../store/put-right.ts";
import type { Draft, FindingCode, Repair } from "./finding.ts";

export type OrderRules = {
  readonly orgId: string;
  standingOf(status: string): OrderStanding;
  /** What the order should say of its provisioning; null for states that Salesforce never sees. */
  provisioningStatusOf(state: RevisionState): string | null;
  /** Whether the order was left alone long enough for others to know of its last change. */
  isSettled(modifiedAt: string): boolean;
};

/**
 * Compares one order with what was done for it.
 *
 * @param shown null when Salesforce does not show the order.
 */
export function judgeOrder(
  rules: OrderRules,
  ledger: LedgerOrder,
  shown: ComparedOrder | null,
): Draft | undefined {
  if (shown === null) return isUnfinished(ledger.state) ? judgeHidden(rules, ledger) : undefined;
  if (!rules.isSettled(shown.modifiedAt)) return undefined;
  return isUnfinished(ledger.state)
    ? judgeUnfinished(rules, ledger, shown)
    : judgeFinished(rules, ledger, shown);
}

function judgeHidden(rules: OrderRules, ledger: LedgerOrder): Draft | undefined {
  if (ledger.cameLately || ledger.heldAsAWhole || ledger.errorCode === "ORDER_GONE") return undefined;
  if (ledger.state === "cancelling") return undefined;
  const summary =
    "Salesforce does not show the order any more: it was deleted, or the integration user may not see it. Restore or share it and approve it again, or undo what exists downstream.";
  return draft(ledger, "CANCELLED_UPSTREAM", {
    found: `Salesforce does not show the order, which is ${ledger.state} here.`,
    advice: `A repair holds it and asks a person. ${summary}`,
    repair: { kind: "hold", seen: seen(rules, ledger), question: { code: "ORDER_GONE", summary } },
  });
}

function judgeUnfinished(rules: OrderRules, ledger: LedgerOrder, shown: ComparedOrder): Draft | undefined {
  switch (rules.standingOf(shown.status)) {
    case "cancelled":
      if (ledger.heldAsAWhole || ledger.state === "cancelling") return undefined;
      return draft(ledger, "CANCELLED_UPSTREAM", {
        found: `Its status is ${shown.status} in Salesforce, and it is ${ledger.state} here.`,
        advice:
          "A repair takes the cancellation in: the order ends, or is held if something was made for it.",
        repair: { kind: "admit", request: foundRequest(shown, "cancel") },
      });
    case "withdrawn": {
      if (ledger.state === "held" || ledger.state === "cancelling") return undefined;
      const summary = `The order was approved and is ${shown.status} again while it was provisioned. Approve it again, or cancel it and undo what exists downstream.`;
      return draft(ledger, "ORDER_WITHDRAWN", {
        found: `Its status is ${shown.status} in Salesforce, and it is ${ledger.state} here.`,
        advice: `A repair holds it and asks a person. ${summary}`,
        repair: { kind: "hold", seen: seen(rules, ledger), question: { code: "ORDER_WITHDRAWN", summary } },
      });
    }
    case "activated":
      return drifted(
        rules,
        ledger,
        `The order is ${shown.status} in Salesforce although its provisioning is not finished (${ledger.state}). Finish it, or undo what exists downstream.`,
      );
    case "approved":
    case "other":
      return ledger.behind || ledger.changedLately ? undefined : judgeWriteBack(rules, ledger, shown, false);
  }
}

function judgeFinished(rules: OrderRules, ledger: LedgerOrder, shown: ComparedOrder): Draft | undefined {
  if (ledger.changedLately) return undefined;
  const standing = rules.standingOf(shown.status);
  if (ledger.state !== "completed") return judgeWriteBack(rules, ledger, shown, false);
  if (standing === "cancelled" || standing === "withdrawn") {
    return drifted(
      rules,
      ledger,
      `The order is ${shown.status} in Salesforce, and its service works: provisioning was completed. Set its status right, or undo what exists downstream.`,
    );
  }
  return judgeWriteBack(rules, ledger, shown, standing !== "activated");
}

function judgeWriteBack(
  rules: OrderRules,
  ledger: LedgerOrder,
  shown: ComparedOrder,
  activate: boolean,
): Draft | undefined {
  const wanted = rules.provisioningStatusOf(ledger.state);
  const isStale = wanted !== null && shown.provisioningStatus !== wanted;
  if (!isStale && !activate) return undefined;
  const said = `says ${shown.provisioningStatus ?? "nothing"} of its provisioning`;
  return draft(ledger, "WRITE_BACK_BEHIND", {
    found: `It is ${ledger.state} here; in Salesforce its status is ${shown.status}, and it ${said}.`,
    advice:
      "A repair has its state written again. Should it come back, the order's journal tells why Salesforce refuses.",
    repair: { kind: "write_again", seen: seen(rules, ledger), activate },
  });
}

/** The status in Salesforce was changed by hand. A person asked about it once is not asked again. */
function drifted(rules: OrderRules, ledger: LedgerOrder, summary: string): Draft | undefined {
  if (ledger.openFallout.includes("STATUS_DRIFT")) return undefined;
  return draft(ledger, "STATUS_DRIFT", {
    found: summary,
    advice: "A repair asks a person, and lets the work go on.",
    repair: { kind: "ask", seen: seen(rules, ledger), question: { code: "STATUS_DRIFT", summary } },
  });
}

function seen({ orgId }: OrderRules, { orderId, revisionId, state }: LedgerOrder): SeenRevision {
  return { orgId, orderId, revisionId, state };
}

function draft(
  { orderId, orderNumber }: LedgerOrder,
  code: FindingCode,
  rest: { readonly found: string; readonly advice: string; readonly repair: Repair },
): Draft {
  return { code, orderId, orderNumber, ...rest };
}
