import type { Failure } from "../../../orders/failure.ts";
import { unclassified } from "../../../orders/failure.ts";
import type { Refusal } from "./network-client.ts";

const operator = {
  class: "needs_operator",
  outcomeUnknown: false,
  moduleWide: false,
  customerEffect: "delay",
} as const;

/** Classifies an answer of the 400 kind. 401, 403 and 429 are the same for every downstream and come earlier. */
export function failureOfRefusal(refusal: Refusal): Failure {
  const shown = refusal.message.slice(0, 200);
  switch (refusal.status) {
    case 400:
    case 422:
      return {
        ...operator,
        code: "NETWORK_REJECTED",
        summary: `The network refused the service (HTTP ${refusal.status}): "${shown}". Correct the order or its mapping, then retry.`,
        raw: refusal.message,
      };
    case 408:
      return {
        ...operator,
        class: "retryable",
        code: "NETWORK_TIMEOUT",
        summary: "The network gave up waiting for our request (HTTP 408); the outcome is looked up first.",
        outcomeUnknown: true,
        customerEffect: "none",
        raw: refusal.message,
      };
    default:
      return unclassified(
        `The network answered HTTP ${refusal.status}, which is not classified: "${shown}". Decide what to do.`,
        refusal.message,
      );
  }
}

/** The activation ended in an error of the network's own. */
export function activationFailed(monitorId: string, state: string): Failure {
  return {
    ...operator,
    code: "NETWORK_ACTIVATION_FAILED",
    summary: `The network ended activation ${monitorId} as ${state}; ask the network's operators, then retry or complete by hand.`,
  };
}

/** Accepted once, and now neither the monitor nor a service of this key is known. */
export function activationLost(monitorId: string): Failure {
  return {
    ...operator,
    code: "NETWORK_ACTIVATION_LOST",
    summary: `The network accepted activation ${monitorId} and no longer knows it nor a service of it; ask its operators before a retry.`,
    outcomeUnknown: true,
  };
}

/** Two services carry one key: a person has to remove one of them. */
export function serviceDoubled(serviceIds: readonly string[]): Failure {
  return {
    ...operator,
    code: "NETWORK_SERVICE_DOUBLED",
    summary: `Services ${serviceIds.join(", ")} carry the same key; terminate all but one in the network, then retry.`,
    outcomeUnknown: true,
  };
}

/** The service of this key is in a state that neither works nor is on its way. */
export function serviceUnusable(serviceId: string, state: string): Failure {
  return {
    ...operator,
    code: "NETWORK_SERVICE_UNUSABLE",
    summary: `Service ${serviceId} exists in state ${state} and nothing is activating it; correct it in the network, then retry.`,
  };
}

/** The plan did not give the module what it needs: nothing was sent. */
export function planInvalid(detail: string): Failure {
  return {
    ...operator,
    code: "PLAN_INVALID",
    summary: `The network step cannot run: ${detail}`.slice(0, 500),
  };
}
