/**
 * Prints what leaves the house, against any org: `npx sluice-org --json …` says where the emulated one is. On a real
 * org leave the certificate out and give its own address and token.
 */
import { readFileSync } from "node:fs";
import { clientCredentials, createPubSubClient, systemDefaults } from "@sluice/pubsub";

const client = createPubSubClient({
  ...systemDefaults,
  endpoint: "localhost:4611",
  ca: readFileSync(".sluice/org-tls/cert.pem"),
  auth: clientCredentials({
    loginUrl: "http://127.0.0.1:4610",
    clientId: "sluice-demo",
    clientSecret: "sluice-demo-secret",
  }),
});

const items = client.subscribe("/event/Shipment_Sent__e", {
  position: { kind: "earliest" },
  capacity: () => 10,
  signal: AbortSignal.timeout(600_000),
});
for await (const item of items) {
  if (item.kind !== "batch") continue;
  for (const event of item.events) {
    if (event.kind === "event") process.stdout.write(`${JSON.stringify(event.payload)}\n`);
  }
}
