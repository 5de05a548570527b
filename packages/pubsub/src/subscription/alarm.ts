import type { PubSubError } from "../pubsub-error.ts";
import type { AttemptState } from "./next-attempt.ts";

/** So many failures in a row are no hiccup: with the usual delays some minutes have passed. */
const MANY_FAILURES = 10;

/**
 * Whether a failure is a person's business: what only a person can change, what costs deliveries or hours, what nobody
 * classified, and what goes on for long.
 */
export function needsPerson(error: PubSubError, state: AttemptState): boolean {
  const { reaction, code } = error;
  if (reaction === "fatal" || reaction === "wait" || reaction === "reposition") return true;
  if (code === "unknown_service_code" || code === "unexpected") return true;
  if (reaction === "reauthenticate") return state.renewedSessions > 1;
  return state.failures >= MANY_FAILURES;
}

/** What names the trouble: the service's own word where there is one, since several share a code of ours. */
export function troubleOf(error: PubSubError): string {
  return error.serviceCode ?? error.code;
}
