import { readFile } from "node:fs/promises";
import { createPubSubClient, systemDefaults } from "@sluice/pubsub";
import type { ClientEvent, PubSubClient } from "@sluice/pubsub";
import type { Reader, ReaderAddress } from "./reader.ts";

/** All that the service allows at once. */
export const sluiceCapacity = 100;

export async function openReader(address: ReaderAddress): Promise<Reader> {
  const client = await openSluiceClient(address);
  return {
    async read(topic, take) {
      const { signal } = new AbortController();
      const options = { position: { kind: "earliest" }, capacity: () => sluiceCapacity, signal } as const;
      for await (const item of client.subscribe(topic, options)) {
        if (item.kind === "discontinuity") throw item.error;
        for (const event of item.events) {
          if (event.kind === "undecodable") throw event.error;
          if (take(event.payload)) return;
        }
      }
    },
  };
}

/** The client as a program opens it, with a session that it has already. */
export async function openSluiceClient(
  address: ReaderAddress,
  onEvent: (event: ClientEvent) => void = () => undefined,
): Promise<PubSubClient> {
  const { accessToken, instanceUrl, tenantId: orgId } = address;
  const session = { accessToken, instanceUrl, orgId };
  return createPubSubClient({
    ...systemDefaults,
    endpoint: address.pubsubEndpoint,
    auth: { get: () => Promise.resolve(session), invalidate: () => undefined },
    ca: await readFile(address.caFile),
    onEvent,
  });
}
