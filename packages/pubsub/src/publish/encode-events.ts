import { randomUUID } from "node:crypto";
import { PubSubError } from "../pubsub-error.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import type { ProducerEvent } from "../wire/publish.ts";
import type { EventToPublish } from "./publish-result.ts";

const MAX_ID_LENGTH = 36;

/** What an event says about who made it, unless its payload does. */
export type Authorship = { readonly atMs: number; readonly userId: string | undefined };

/**
 * The events as they travel.
 *
 * @throws {PubSubError} `payload_invalid` for the first that does not fit the schema.
 */
export function encodeEvents(
  events: readonly EventToPublish[],
  schema: { readonly id: string; readonly codec: PayloadCodec },
  { atMs, userId }: Authorship,
): readonly ProducerEvent[] {
  return events.map((event) => {
    const id = event.id ?? randomUUID();
    if (id.length === 0 || id.length > MAX_ID_LENGTH) {
      const detail = `an event id has 1 to ${MAX_ID_LENGTH} characters, and this one ${id.length}.`;
      throw new PubSubError("payload_invalid", `event ${id.slice(0, MAX_ID_LENGTH)}`, detail);
    }
    const { CreatedDate = atMs, CreatedById = userId, ...fields } = event.payload;
    // Salesforce wants both in every payload and checks neither; reference `pubsub-api.md`, sections 6.1 and 8.1.
    const payload = schema.codec.encode({ CreatedDate, CreatedById, ...fields });
    return { id, schemaId: schema.id, payload };
  });
}
