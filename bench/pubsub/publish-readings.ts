import avsc from "avsc";
import type { BareClient } from "../org/bare-client.ts";
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
  const type = avsc.Type.forSchema(
    {
      type: "record",
      name: "Reading__e",
      fields: [
        { name: "CreatedDate", type: "long" },
        { name: "CreatedById", type: "string" },
        { name: "Sensor__c", type: ["null", "string"] },
        { name: "Value__c", type: ["null", "double"] },
      ],
    },
    { wrapUnions: "never" },
  );
  const schemaId = await client.schemaId(readingTopic);
  for (let published = 0; published < count;) {
    const length = Math.min(eventsPerRequest, count - published);
    const first = published;
    const payloads = Array.from({ length }, (_item, index) => type.toBuffer(readingAt(first + index)));
    await client.publish(readingTopic, schemaId, payloads);
    published += length;
    if (published % eventsPerReport === 0 || published === count) report(`published ${published} events`);
  }
}
