import PubSubApiClient from "salesforce-pubsub-api-client";
import type { Payload, Reader, ReaderAddress } from "./reader.ts";

/** Its own logger writes every event to the console; one that drops all is the cheapest that its guide knows. */
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** The client as a program opens it, with a session that it has already. */
export async function openPopularClient(address: ReaderAddress): Promise<PubSubApiClient> {
  const client = new PubSubApiClient(
    {
      authType: "user-supplied",
      accessToken: address.accessToken,
      // It takes https only, and the Pub/Sub API does not look at the scheme.
      instanceUrl: address.instanceUrl.replace("http:", "https:"),
      organizationId: address.tenantId,
      pubSubEndpoint: address.pubsubEndpoint,
      // It brings its own authorities and takes no other.
      rejectUnauthorizedSsl: false,
    },
    silent,
  );
  await client.connect();
  return client;
}

export async function openReader(address: ReaderAddress): Promise<Reader> {
  const client = await openPopularClient(address);
  return {
    read: (topic, take) =>
      new Promise((resolve, reject) => {
        // Without a number it reads for ever, and asks for 100 more when it had 100.
        client.subscribeFromEarliestEvent(topic, (_info, type, data) => {
          try {
            if (type === "event") {
              const { payload } = data as { readonly payload: Payload };
              if (take(payload)) resolve();
            } else if (type === "error" || type === "end") {
              reject(new Error(`the client told of "${type}"`, { cause: data }));
            }
          } catch (error) {
            // The client takes whatever is thrown here for a fault of the event.
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      }),
  };
}
