import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { OrgError } from "../org-core.ts";
import type { RecordView, SaveRow, SaveRowResult } from "../org-core.ts";
import type { ClientCore } from "../sharing/seen-org.ts";
import { toLongId } from "../soql/record-id.ts";
import { findObject, readRecordId } from "./find-object.ts";
import { findInputField, readRecordInput } from "./record-input.ts";
import { recordToJson } from "./record-json.ts";
import type { JsonObject } from "./record-json.ts";
import { actorOf, versionOf } from "./rest-request.ts";
import type { SeenByCaller } from "./rest-request.ts";
import { RestError, toRestError } from "./rest-error.ts";
import { toSaveResult } from "./save-record.ts";
import type { SaveErrorBody, SaveResult } from "./save-record.ts";

type InputRecord = z.infer<typeof inputRecord>;
type RowResult =
  SaveResult | { readonly id?: string; readonly success: false; readonly errors: readonly SaveErrorBody[] };
/** A row on its way to the org, with the id its client gave it. */
type Row = { readonly save: SaveRow; readonly givenId: string | undefined };

const maxRecords = 200;
const maxQueryIds = 2_000;
const inputRecord = z.looseObject({ attributes: z.looseObject({ type: z.string() }) });
const saveBody = z.object({ allOrNone: z.boolean().default(false), records: z.array(inputRecord).min(1) });
const deleteQuery = z.object({
  ids: z.string().min(1),
  allOrNone: z.enum(["true", "false"]).default("false"),
});
const objectParams = z.object({ object: z.string() });
const idsBody = z.object({ ids: z.array(z.string()).min(1), fields: z.array(z.string()).min(1) });
const idsQuery = z.object({ ids: z.string().min(1), fields: z.string().min(1) });

/**
 * `/composite/sobjects`: up to 200 records in one call and one transaction. The answer is 200 even
 * when every row failed; rows come in the order of the request.
 */
export function registerCollectionRoutes(scope: FastifyInstance, seen: SeenByCaller): void {
  scope.post("/composite/sobjects", (request) => {
    const { core } = seen(request);
    return saveBodyRows(core, request, (record) => {
      const object = findObject(core, record.attributes.type);
      return { kind: "create", objectName: object.name, values: readRecordInput(object, record, "create") };
    });
  });

  scope.patch("/composite/sobjects", (request) => {
    const { core } = seen(request);
    return saveBodyRows(core, request, (record) => readUpdate(core, record));
  });

  scope.delete("/composite/sobjects", (request) => {
    const query = deleteQuery.safeParse(request.query);
    if (!query.success) throw new RestError(400, "MISSING_ARGUMENT", "send ids, as a query parameter");
    const { core } = seen(request);
    const rows = query.data.ids.split(",").map((id) => ({
      save: readRow(() => readDeletion(core, id.trim())),
      givenId: id.trim(),
    }));
    return saveRows(core, request, rows, query.data.allOrNone === "true");
  });

  scope.get("/composite/sobjects/:object", (request) => {
    const query = idsQuery.safeParse(request.query);
    if (!query.success) throw missingIds();
    const { ids, fields } = query.data;
    const { object } = objectParams.parse(request.params);
    return readAll(seen(request).reader, object, ids.split(","), fields.split(","), versionOf(request));
  });

  scope.post("/composite/sobjects/:object", (request) => {
    const body = idsBody.safeParse(request.body);
    if (!body.success) throw missingIds();
    const { object } = objectParams.parse(request.params);
    return readAll(seen(request).reader, object, body.data.ids, body.data.fields, versionOf(request));
  });
}

function saveBodyRows(
  core: ClientCore,
  request: FastifyRequest,
  read: (record: InputRecord) => SaveRow,
): readonly RowResult[] {
  const parsed = saveBody.safeParse(request.body);
  if (!parsed.success) throw new RestError(400, "JSON_PARSER_ERROR", z.prettifyError(parsed.error));
  const { allOrNone, records } = parsed.data;
  const rows = records.map((record) => ({ save: readRow(() => read(record)), givenId: idOf(record) }));
  return saveRows(core, request, rows, allOrNone);
}

function saveRows(
  core: ClientCore,
  request: FastifyRequest,
  rows: readonly Row[],
  allOrNone: boolean,
): readonly RowResult[] {
  if (rows.length > maxRecords) throw tooMany(maxRecords);
  const results = core.saveAll(
    actorOf(request),
    rows.map(({ save }) => save),
    { allOrNone },
  );
  return results.map((result, index) => showResult(core, rows[index], result));
}

/** A row that cannot be read goes to the org as a refused one, so that all-or-none counts it. */
function readRow(read: () => SaveRow): SaveRow {
  try {
    return read();
  } catch (reason) {
    const error = toRestError(reason);
    if (error === undefined) throw reason;
    return { kind: "refused", error: new OrgError(error.code, error.message, error.fields) };
  }
}

function showResult(core: ClientCore, row: Row | undefined, result: SaveRowResult): RowResult {
  if (result.kind === "saved") {
    const object = row?.save.kind === "create" ? core.schema.objects.get(row.save.objectName) : undefined;
    return toSaveResult(result.id, object?.kind === "event");
  }
  const { code, message, fields } = result.error;
  const errors = [{ statusCode: code, message, fields }];
  return row?.givenId === undefined
    ? { success: false, errors }
    : { id: row.givenId, success: false, errors };
}

function readUpdate(core: ClientCore, record: InputRecord): SaveRow {
  const object = findObject(core, record.attributes.type);
  const givenId = idOf(record);
  if (givenId === undefined) {
    throw new RestError(400, "MISSING_ARGUMENT", "id not specified in an update call", ["Id"]);
  }
  const id = readRecordId(givenId);
  if (object.kind === "event" || core.get(object.name, id) === undefined) {
    if (core.recycleBin.get(object.name, id) !== undefined) {
      throw new RestError(404, "ENTITY_IS_DELETED", "entity is deleted", ["Id"]);
    }
    throw new RestError(400, "INVALID_CROSS_REFERENCE_KEY", `there is no ${object.name} with id ${id}`, [
      "Id",
    ]);
  }
  const fields = Object.entries(record).filter(([name]) => name.toLowerCase() !== "id");
  const values = readRecordInput(object, Object.fromEntries(fields), "update");
  return { kind: "update", objectName: object.name, id, values };
}

/** Records of all objects may be deleted in one call: the id's prefix tells the object. */
function readDeletion(core: ClientCore, idText: string): SaveRow {
  const id = readRecordId(idText);
  for (const { name, keyPrefix } of core.schema.objects.values()) {
    if (keyPrefix !== null && id.startsWith(keyPrefix)) return { kind: "delete", objectName: name, id };
  }
  throw new RestError(400, "MALFORMED_ID", `no object of this org has ids like ${id}`, ["Id"]);
}

function readAll(
  reader: RecordView,
  objectName: string,
  ids: readonly string[],
  fieldNames: readonly string[],
  version: string,
): readonly (JsonObject | null)[] {
  const object = findObject(reader, objectName);
  if (ids.length > maxQueryIds) throw tooMany(maxQueryIds);
  const fields = fieldNames.map((name) => findInputField(object, name.trim()));
  return ids.map((text) => {
    const id = toLongId(text.trim());
    const record = id === undefined || object.kind === "event" ? undefined : reader.get(object.name, id);
    return record === undefined ? null : recordToJson(object, record, version, fields);
  });
}

function idOf(row: InputRecord): string | undefined {
  const entry = Object.entries(row).find(([name]) => name.toLowerCase() === "id");
  return typeof entry?.[1] === "string" ? entry[1] : undefined;
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
