import type { PubSubError } from "../pubsub-error.ts";
import type { ProducerEvent, PublishAnswer } from "../wire/publish.ts";
import { toFailures, toResults } from "./publish-result.ts";
import type { PublishResult } from "./publish-result.ts";
import { oversize, splitRequests } from "./split-requests.ts";

/** Sends one request; rejects with a `PubSubError`. */
export type SendRequest = (events: readonly ProducerEvent[]) => Promise<PublishAnswer>;

/**
 * Publishes events in order, in as few requests as the service recommends, and tells what became of each, whatever
 * happens on the way. After a request that failed no further one is sent, since order would be lost.
 */
export async function publishBatch(
  topic: string,
  events: readonly ProducerEvent[],
  send: SendRequest,
  toError: (reason: unknown) => PubSubError,
): Promise<readonly PublishResult[]> {
  const byEvent = new Map<ProducerEvent, PublishResult>();
  const sendable = events.filter((event) => {
    const message = oversize(event);
    if (message !== undefined) byEvent.set(event, { kind: "refused", id: event.id, message });
    return message === undefined;
  });
  let failure: PubSubError | undefined;
  for (const request of splitRequests(sendable)) {
    const results =
      failure === undefined ? await sendOne(topic, request, send, toError) : toUnsent(request, failure);
    for (const [index, event] of request.entries()) {
      const result = results[index];
      if (result !== undefined) byEvent.set(event, result);
      if (result?.kind === "failed") failure = result.error;
    }
  }
  return events.flatMap((event) => byEvent.get(event) ?? []);
}

async function sendOne(
  topic: string,
  request: readonly ProducerEvent[],
  send: SendRequest,
  toError: (reason: unknown) => PubSubError,
): Promise<readonly PublishResult[]> {
  try {
    return toResults(request, await send(request), topic);
  } catch (reason) {
    return toFailures(request, toError(reason));
  }
}

function toUnsent(request: readonly ProducerEvent[], error: PubSubError): readonly PublishResult[] {
  return request.map(({ id }) => ({ kind: "failed", id, mayBePublished: false, error }));
}
