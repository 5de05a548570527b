import type { ObjectDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { toLongId } from "../soql/record-id.ts";
import { RestError, notFound } from "./rest-error.ts";

/** @throws {RestError} NOT_FOUND for a name that this org does not have. */
export function findObject(core: Pick<OrgCore, "schema">, name: string): ObjectDefinition {
  const wanted = name.toLowerCase();
  for (const object of core.schema.objects.values()) if (object.name.toLowerCase() === wanted) return object;
  throw notFound();
}

/** @throws {RestError} MALFORMED_ID when the text is no record id. */
export function readRecordId(text: string): string {
  const id = toLongId(text);
  if (id === undefined) throw new RestError(400, "MALFORMED_ID", `malformed id ${text.slice(0, 40)}`, ["Id"]);
  return id;
}

/** @throws {RestError} MALFORMED_ID, NOT_FOUND, or ENTITY_IS_DELETED for a record in the recycle bin. */
export function findRecord(
  core: Pick<OrgCore, "get" | "recycleBin">,
  object: ObjectDefinition,
  idText: string,
): OrgRecord {
  if (object.kind === "event") throw notFound();
  const id = readRecordId(idText);
  const record = core.get(object.name, id);
  if (record !== undefined) return record;
  if (core.recycleBin.get(object.name, id) === undefined) throw notFound();
  throw new RestError(404, "ENTITY_IS_DELETED", "entity is deleted");
}
