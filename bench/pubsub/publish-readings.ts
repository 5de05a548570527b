import type { BareClient } from "../org/bare-client.ts";
import { readingType } from "../org/reading-type.ts";
import { readingAt, readingTopic } from "./reading.ts";

/** The service recommends at most 200 events a request. */
const eventsPerRequest = 200;
const eventsPerReport = 200_000;

/** Publishes the first `count` readings, in order. */
export async function publishReadings(
  client: BareClient,
  count: number,
  report: (text: string) => void,
): Promise<void> {
  const schemaId = await client.schemaId(readingTopic);
  for (let published = 0; published < count;) {
    const length = Math.min(eventsPerRequest, count - published);
    const first = published;
    const payloads = Array.from({ length }, (_item, index) => readingType.toBuffer(readingAt(first + index)));
    await client.publish(readingTopic, schemaId, payloads);
    published += length;
    if (published % eventsPerReport === 0 || published === count) report(`published ${published} events`);
  }
}
