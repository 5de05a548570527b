import type { RecordedEffect } from "../../module.ts";
import { UnlistedError } from "../../module.ts";
import type { NetworkClient, NetworkService } from "./network-client.ts";
import { failureOfRefusal } from "./signals.ts";

const PAGE = 100;

/**
 * The services that the network has, from the newest back to `since`. The newest stand in the last part, so parts are
 * read from the end: what is removed meanwhile moves others towards the parts still to come, and none is passed over.
 */
export async function* listServices(
  network: NetworkClient,
  since: string,
  signal: AbortSignal,
): AsyncGenerator<RecordedEffect> {
  const sinceMs = Date.parse(since);
  let end = (await read(network, 0, 1, signal)).total;
  while (end > 0) {
    const offset = Math.max(0, end - PAGE);
    const { services } = await read(network, offset, end - offset, signal);
    let reachedOlder = false;
    for (const service of [...services].reverse()) {
      const effect = effectOf(service);
      reachedOlder ||= Date.parse(effect.at) < sinceMs;
      if (service.externalId !== "") yield effect;
    }
    if (reachedOlder) return;
    end = offset;
  }
}

async function read(network: NetworkClient, offset: number, limit: number, signal: AbortSignal) {
  const answer = await network.list({ offset, limit }, signal);
  switch (answer.kind) {
    case "answered":
      return answer.value;
    case "refused":
      throw new UnlistedError(failureOfRefusal(answer.refusal));
    case "failed":
      throw new UnlistedError(answer.failure);
  }
}

function effectOf(service: NetworkService): RecordedEffect {
  return {
    operation: "activate",
    effectKey: service.externalId,
    reference: service.id,
    // Without a date every part is read to the beginning.
    at: service.serviceDate ?? "9999-12-31T00:00:00Z",
    isInForce: service.state !== "terminated",
  };
}
