import { fileURLToPath } from "node:url";
import { withBus } from "../pubsub/bus.ts";
import type { Bus } from "../pubsub/bus.ts";
import { openSluiceClient } from "../pubsub/sluice-reader.ts";
import { approvalAt, approvalTopic } from "./approval.ts";

const metadataDirs = ["core", "demo"].map((name) =>
  fileURLToPath(new URL(`../../salesforce/${name}`, import.meta.url)),
);
const eventsPerCall = 1_000;
const eventsPerReport = 50_000;

/** Starts an org with Sluice's own metadata whose bus holds the first `count` approvals; stops it after `work`. */
export function withApprovals<Result>(
  count: number,
  report: (text: string) => void,
  work: (bus: Bus) => Promise<Result>,
): Promise<Result> {
  return withBus(metadataDirs, async (bus) => {
    const client = await openSluiceClient(bus.address);
    for (let published = 0; published < count;) {
      const first = published;
      const length = Math.min(eventsPerCall, count - first);
      const events = Array.from({ length }, (_item, index) => ({ payload: approvalAt(first + index) }));
      const results = await client.publishBatch(approvalTopic, events);
      const failed = results.find(({ kind }) => kind !== "published");
      if (failed !== undefined) throw new Error(`an approval was not published: ${JSON.stringify(failed)}`);
      published += length;
      if (published % eventsPerReport === 0 || published === count) report(`published ${published} events`);
    }
    client.close();
    return work(bus);
  });
}
