import type { Actor, ObjectDefinition } from "../org-core.ts";
import type { ClientCore } from "../sharing/seen-org.ts";
import { readRecordInput } from "./record-input.ts";

export type SaveErrorBody = {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
};

export type SaveResult = {
  readonly id: string;
  readonly success: true;
  readonly errors: readonly SaveErrorBody[];
};

/** The API gives every published event this same id; the event's own id comes in `errors`. */
const publishedEventId = "e01xx0000000001AAA";

/**
 * Creates a record, or publishes when the object is an event. A publish succeeds with an entry in
 * `errors`, OPERATION_ENQUEUED, whose message is the event id.
 *
 * @throws {RestError | OrgError} as the API tells it; then nothing is saved.
 */
export function createFromBody(
  core: Pick<ClientCore, "create" | "publish">,
  actor: Actor,
  object: ObjectDefinition,
  body: unknown,
): SaveResult {
  const values = readRecordInput(object, body, "create");
  const isEvent = object.kind === "event";
  const id = isEvent ? core.publish(actor, object.name, values) : core.create(actor, object.name, values);
  return toSaveResult(id, isEvent);
}

/** The id of an event is the EventUuid, which the API gives in `errors`. */
export function toSaveResult(id: string, isEvent: boolean): SaveResult {
  if (!isEvent) return { id, success: true, errors: [] };
  const enqueued = { statusCode: "OPERATION_ENQUEUED", message: id, fields: [] };
  return { id: publishedEventId, success: true, errors: [enqueued] };
}
