import type { Actor, ObjectDefinition, OrgRecord } from "../org-core.ts";
import type { SeenOrg } from "../sharing/seen-org.ts";
import { runSoql } from "../soql/run-soql.ts";
import { findByExternalId, readExternalId, refuseKeyInBody } from "./external-id.ts";
import { findObject, findRecord } from "./find-object.ts";
import { findInputField, readRecordInput } from "./record-input.ts";
import { recordToJson, rowToJson } from "./record-json.ts";
import { RestError, notFound } from "./rest-error.ts";
import { createFromBody } from "./save-record.ts";

/** Who calls which org, as that user has it, and in which version; the same for all parts of a composite request. */
export type Caller = SeenOrg & { readonly actor: Actor; readonly version: string };

/** What is answered; `body` is undefined for an empty answer. */
export type CallAnswer = { readonly status: number; readonly body: unknown };

/** Lets a call on a record pass or throws, before anything is done. */
export type Precondition = (object: ObjectDefinition, record: OrgRecord) => void;

const always: Precondition = () => undefined;

/** All of these throw RestError, OrgError or SoqlError for what is refused; then nothing is saved. */
export function createRecord({ core, actor }: Caller, objectName: string, body: unknown): CallAnswer {
  return { status: 201, body: createFromBody(core, actor, findObject(core, objectName), body) };
}

/** `fields` are separated by commas; without them all are shown. */
export function showRecord(
  { version }: Caller,
  object: ObjectDefinition,
  record: OrgRecord,
  fields: string | undefined,
): CallAnswer {
  const asked = fields?.split(",").map((name) => findInputField(object, name.trim()));
  return { status: 200, body: recordToJson(object, record, version, asked) };
}

export function updateRecord(
  { core, actor }: Caller,
  objectName: string,
  id: string,
  body: unknown,
  check: Precondition = always,
): CallAnswer {
  const object = findObject(core, objectName);
  const record = findRecord(core, object, id);
  check(object, record);
  core.update(actor, object.name, String(record["Id"]), readRecordInput(object, body, "update"));
  return { status: 204, body: undefined };
}

export function deleteRecord({ core, actor }: Caller, objectName: string, id: string): CallAnswer {
  const object = findObject(core, objectName);
  core.delete(actor, object.name, String(findRecord(core, object, id)["Id"]));
  return { status: 204, body: undefined };
}

/** 201 for a new record, 200 for a changed one. */
export function upsertRecord(
  { core, actor }: Caller,
  objectName: string,
  [fieldName, value]: readonly [fieldName: string, value: string],
  body: unknown,
  check: Precondition = always,
): CallAnswer {
  const object = findObject(core, objectName);
  const key = readExternalId(object, fieldName, value);
  refuseKeyInBody(object, key, body);
  const found = findByExternalId(core, object, key);
  if (found === undefined) {
    const { name } = key.field;
    if (name === "Id") throw notFound();
    if (!key.field.createable) {
      throw new RestError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", `${name} is set by the org`, [name]);
    }
    const values = readRecordInput(object, body, "create");
    const id = core.create(actor, object.name, { ...values, [name]: key.value });
    return { status: 201, body: { id, success: true, errors: [], created: true } };
  }
  check(object, found);
  const id = String(found["Id"]);
  core.update(actor, object.name, id, readRecordInput(object, body, "update"));
  return { status: 200, body: { id, success: true, errors: [], created: false } };
}

/** A query whose rows come in one answer. */
export function queryAtOnce({ reader, version }: Caller, soql: string): CallAnswer {
  const result = runSoql(reader, soql);
  const records = result.kind === "count" ? [] : result.rows.map((row) => rowToJson(row, version));
  const totalSize = result.kind === "count" ? result.size : records.length;
  return { status: 200, body: { totalSize, done: true, records } };
}
