/**
 * Publishes one event for each argument, which is its payload as JSON. Settings come from the environment; see the
 * README.
 */
import { createPubSubClient } from "@sluice/pubsub";
import type { EventToPublish } from "@sluice/pubsub";
import { readSettings } from "./settings.ts";

const { auth, endpoint, network, topic } = readSettings(process.env);
const events = process.argv.slice(2).map((text): EventToPublish => ({ payload: JSON.parse(text) }));

using client = createPubSubClient({ ...(endpoint === undefined ? {} : { endpoint }), auth, network });
for (const result of await client.publishBatch(topic, events)) {
  switch (result.kind) {
    case "published":
      process.stdout.write(`${result.id} published\n`);
      break;
    case "refused":
      process.stdout.write(`${result.id} refused: ${result.message}\n`);
      process.exitCode = 1;
      break;
    case "failed":
      // Again under the same id, where it matters: subscribers can tell the copy.
      process.stdout.write(
        `${result.id} ${result.mayBePublished ? "in doubt" : "not published"}: ${result.error.message}\n`,
      );
      process.exitCode = 1;
  }
}
