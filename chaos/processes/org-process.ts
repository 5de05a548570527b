/** The emulated org as the campaign wants it: allocations that never bite, because their limits are not the subject. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadJwtKeyPair, startOrg } from "@sluice/org";
import { z } from "zod";

const settings = z.object({ dataDir: z.string(), port: z.int(), grpcPort: z.int() });

const root = fileURLToPath(new URL("../..", import.meta.url));
const seedDir = join(root, "packages/org/seed");
const { dataDir, port, grpcPort } = settings.parse(JSON.parse(process.argv[2] ?? "{}"));
const keyPair = loadJwtKeyPair(join(dataDir, "org", "jwt-private-key.pem"));
const org = await startOrg({
  metadataDirs: ["core", "demo"].map((name) => join(root, "salesforce", name)),
  seedFiles: readdirSync(seedDir)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => join(seedDir, name)),
  dataDir,
  port,
  grpcPort,
  jwtPublicKeyPem: keyPair.then(({ publicKeyPem }) => publicKeyPem),
  allocations: { apiCallsPerDay: 1e12 },
  pubsub: { allocations: { publishPerHour: 1e12, deliverPerDay: 1e12 } },
});
const { privateKeyFile } = await keyPair;
const { url, pubsubEndpoint, caFile, orgId } = org;
process.send?.({ kind: "ready", url, pubsubEndpoint, caFile, orgId, privateKeyFile });

const end = (): void => {
  org.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.once("SIGTERM", end);
process.once("disconnect", end);
