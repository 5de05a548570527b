import type { ProducerEvent } from "../wire/publish.ts";

/** The service recommends at most 200 events and 3 MB a request; beyond 4 MB it cuts the connection. */
const MAX_EVENTS = 200;
const MAX_BYTES = 3 * 1024 * 1024;

/** Larger events are refused by the service one by one, and could take a request beyond 4 MB; section 1.4. */
const MAX_EVENT_BYTES = 1024 * 1024;

/** A generous guess of what surrounds a payload on the wire. */
const EVENT_OVERHEAD_BYTES = 128;

/** Why an event is too large to be sent, or undefined. */
export function oversize({ payload }: ProducerEvent): string | undefined {
  if (payload.length <= MAX_EVENT_BYTES) return undefined;
  return `the payload has ${payload.length} bytes, and the service takes at most 1 MB (${MAX_EVENT_BYTES}).`;
}

/** The events in as few requests as the service recommends, in their order. */
export function splitRequests(events: readonly ProducerEvent[]): readonly (readonly ProducerEvent[])[] {
  const requests: ProducerEvent[][] = [];
  let open: ProducerEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = event.payload.length + EVENT_OVERHEAD_BYTES;
    if (open.length === MAX_EVENTS || (open.length > 0 && bytes + size > MAX_BYTES)) {
      requests.push(open);
      open = [];
      bytes = 0;
    }
    open.push(event);
    bytes += size;
  }
  if (open.length > 0) requests.push(open);
  return requests;
}
