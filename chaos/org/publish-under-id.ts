import { readFileSync } from "node:fs";
import { clientCredentials, createPubSubClient } from "@sluice/pubsub";
import { demoAccess } from "@sluice/org";
import { topic } from "./bus-recorder.ts";

/**
 * Publishes an event under an id of the caller's choice, which REST has no way to do.
 *
 * @throws when the org did not take it.
 */
export async function publishUnderId(
  org: { readonly url: string; readonly pubsubEndpoint: string; readonly caFile: string },
  id: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { clientId, clientSecret } = demoAccess;
  const client = createPubSubClient({
    endpoint: org.pubsubEndpoint,
    ca: readFileSync(org.caFile),
    auth: clientCredentials({ loginUrl: org.url, clientId, clientSecret }),
  });
  try {
    const result = await client.publish(topic, payload, { id });
    if (result.kind !== "published")
      throw new Error(`the org did not take event ${id}: ${JSON.stringify(result)}`);
  } finally {
    client.close();
  }
}
