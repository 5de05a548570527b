import type { ClientEvent } from "@sluice/pubsub";

/** What the org may send now, from the event that says that credit was given; 0 from any other. */
export function outstandingAfterGrant(event: ClientEvent): number {
  return event.name === "subscription:credit:granted" ? event.outstanding : 0;
}
