/** An org in a process of its own, so that its time and memory can be told from those of the load. */
import { startOrg } from "@sluice/org";
import { z } from "zod";

const settings = z.object({
  metadataDirs: z.array(z.string()),
  dataDir: z.string(),
  refusesOverflow: z.boolean().optional(),
});

const {
  metadataDirs,
  dataDir,
  refusesOverflow = false,
} = settings.parse(JSON.parse(process.argv[2] ?? "{}"));
const org = await startOrg({
  metadataDirs,
  dataDir,
  // The load is far above what an org's edition allows in a day.
  pubsub: { allocations: { publishPerHour: 1e12, deliverPerDay: 1e12 }, refusesOverflow },
});
const { url, pubsubEndpoint, caFile } = org;
process.send?.({ kind: "ready", address: { url, pubsubEndpoint, caFile, ...org.signIn() } });

process.on("message", () => {
  globalThis.gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  process.send?.({ kind: "usage", usage: { rss, heapUsed, arrayBuffers, cpuMicros: user + system } });
});
process.on("disconnect", () => {
  org.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
