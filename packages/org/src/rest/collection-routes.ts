import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Actor, OrgCore } from "../org-core.ts";
import { toLongId } from "../soql/record-id.ts";
import { findObject, readRecordId } from "./find-object.ts";
import { findInputField, readRecordInput } from "./record-input.ts";
import { recordToJson } from "./record-json.ts";
import type { JsonObject } from "./record-json.ts";
import { actorOf, versionOf } from "./rest-request.ts";
import { RestError, toRestError } from "./rest-error.ts";
import { createFromBody } from "./save-record.ts";
import type { SaveErrorBody, SaveResult } from "./save-record.ts";

type InputRecord = z.infer<typeof inputRecord>;
type RowResult =
  SaveResult | { readonly id?: string; readonly success: false; readonly errors: readonly SaveErrorBody[] };

const maxRecords = 200;
const inputRecord = z.looseObject({ attributes: z.looseObject({ type: z.string() }) });
const saveBody = z.object({ allOrNone: z.boolean().default(false), records: z.array(inputRecord).min(1) });
const objectParams = z.object({ object: z.string() });
const idsBody = z.object({ ids: z.array(z.string()).min(1), fields: z.array(z.string()).min(1) });
const idsQuery = z.object({ ids: z.string().min(1), fields: z.string().min(1) });

/**
 * `/composite/sobjects`: up to 200 records in one call. The answer is 200 even when every row
 * failed; rows come in the order of the request.
 */
export function registerCollectionRoutes(scope: FastifyInstance, core: OrgCore): void {
  scope.post("/composite/sobjects", (request) =>
    saveAll(request.body, (row) => {
      const object = findObject(core, row.attributes.type);
      return createFromBody(core, actorOf(request), object, row);
    }),
  );

  scope.patch("/composite/sobjects", (request) =>
    saveAll(request.body, (row) => updateRow(core, actorOf(request), row)),
  );

  scope.get("/composite/sobjects/:object", (request) => {
    const query = idsQuery.safeParse(request.query);
    if (!query.success) throw missingIds();
    const { ids, fields } = query.data;
    const { object } = objectParams.parse(request.params);
    return readAll(core, object, ids.split(","), fields.split(","), versionOf(request));
  });

  scope.post("/composite/sobjects/:object", (request) => {
    const body = idsBody.safeParse(request.body);
    if (!body.success) throw missingIds();
    const { object } = objectParams.parse(request.params);
    return readAll(core, object, body.data.ids, body.data.fields, versionOf(request));
  });
}

function saveAll(body: unknown, save: (row: InputRecord) => SaveResult): readonly RowResult[] {
  const parsed = saveBody.safeParse(body);
  if (!parsed.success) throw new RestError(400, "JSON_PARSER_ERROR", z.prettifyError(parsed.error));
  const { allOrNone, records } = parsed.data;
  refuseTooMany(records.length);
  if (allOrNone && records.length > 1) {
    throw new RestError(
      400,
      "UNSUPPORTED_API_OPERATION",
      "this org cannot undo the rows of a call yet: send allOrNone false, or one record",
    );
  }
  return records.map((row) => saveOne(row, save));
}

function saveOne(row: InputRecord, save: (row: InputRecord) => SaveResult): RowResult {
  try {
    return save(row);
  } catch (reason) {
    const error = toRestError(reason);
    if (error === undefined) throw reason;
    const { code, message, fields } = error;
    const id = idOf(row);
    const errors = [{ statusCode: code, message, fields }];
    return id === undefined ? { success: false, errors } : { id, success: false, errors };
  }
}

function updateRow(core: OrgCore, actor: Actor, row: InputRecord): SaveResult {
  const object = findObject(core, row.attributes.type);
  const givenId = idOf(row);
  if (givenId === undefined)
    throw new RestError(400, "MISSING_ARGUMENT", "id not specified in an update call", ["Id"]);
  const id = readRecordId(givenId);
  if (object.kind === "event" || core.get(object.name, id) === undefined) {
    throw new RestError(400, "INVALID_CROSS_REFERENCE_KEY", `there is no ${object.name} with id ${id}`, [
      "Id",
    ]);
  }
  const fields = Object.entries(row).filter(([name]) => name.toLowerCase() !== "id");
  core.update(actor, object.name, id, readRecordInput(object, Object.fromEntries(fields), "update"));
  return { id, success: true, errors: [] };
}

function readAll(
  core: OrgCore,
  objectName: string,
  ids: readonly string[],
  fieldNames: readonly string[],
  version: string,
): readonly (JsonObject | null)[] {
  const object = findObject(core, objectName);
  if (ids.length > maxQueryIds) throw tooMany(maxQueryIds);
  const fields = fieldNames.map((name) => findInputField(object, name.trim()));
  return ids.map((text) => {
    const id = toLongId(text.trim());
    const record = id === undefined || object.kind === "event" ? undefined : core.get(object.name, id);
    return record === undefined ? null : recordToJson(object, record, version, fields);
  });
}

const maxQueryIds = 2_000;

function idOf(row: InputRecord): string | undefined {
  const entry = Object.entries(row).find(([name]) => name.toLowerCase() === "id");
  return typeof entry?.[1] === "string" ? entry[1] : undefined;
}

function refuseTooMany(count: number): void {
  if (count > maxRecords) throw tooMany(maxRecords);
}

function tooMany(max: number): RestError {
  return new RestError(
    400,
    "EXCEEDED_ID_LIMIT",
    `record limit reached: send at most ${max} records in a call`,
  );
}

function missingIds(): RestError {
  return new RestError(
    400,
    "JSON_PARSER_ERROR",
    "ids and fields are needed: which records, and which of their fields",
  );
}
