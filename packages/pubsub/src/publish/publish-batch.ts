import type { ProducerEvent } from "../wire/publish.ts";
import { toResults } from "./publish-result.ts";
import type { PublishResult, RequestOutcome } from "./publish-result.ts";
import { oversize, splitRequests } from "./split-requests.ts";

type Request = readonly ProducerEvent[];

/** Sends requests in their order and tells what became of each; never rejects. */
export type SendRequests = (requests: readonly Request[]) => Promise<readonly RequestOutcome[]>;

/**
 * Publishes events in order, in as few requests as the service recommends, and tells what became of each, whatever
 * happens on the way.
 */
export async function publishBatch(
  topic: string,
  events: readonly ProducerEvent[],
  send: SendRequests,
): Promise<readonly PublishResult[]> {
  const byEvent = new Map<ProducerEvent, PublishResult>();
  const sendable = events.filter((event) => {
    const message = oversize(event);
    if (message !== undefined) byEvent.set(event, { kind: "refused", id: event.id, message });
    return message === undefined;
  });
  const requests = splitRequests(sendable);
  const outcomes = await send(requests);
  for (const [place, request] of requests.entries()) {
    const outcome = outcomes[place];
    const results = outcome === undefined ? [] : toResults(request, outcome, topic);
    for (const [index, event] of request.entries()) {
      const result = results[index];
      if (result !== undefined) byEvent.set(event, result);
    }
  }
  return events.flatMap((event) => byEvent.get(event) ?? []);
}

/** One request after the other. After one that failed no further one is sent, since order would be lost. */
export async function sendInTurn(
  requests: readonly Request[],
  send: (request: Request) => Promise<RequestOutcome>,
): Promise<readonly RequestOutcome[]> {
  const outcomes: RequestOutcome[] = [];
  for (const request of requests) {
    const before = outcomes.at(-1);
    outcomes.push(before?.kind === "failed" ? { ...before, mayBePublished: false } : await send(request));
  }
  return outcomes;
}
