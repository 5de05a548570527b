import type { FieldDefinition, FieldValue, ObjectDefinition, OrgRecord } from "../org-core.ts";
import type { SoqlRow } from "../soql/soql-rows.ts";
import { valueOf } from "../soql/soql-scope.ts";

export type JsonObject = { [name: string]: unknown };

/** A record as the API shows it: `attributes` first, then the fields asked for, nulls included. */
export function recordToJson(
  object: ObjectDefinition,
  record: OrgRecord,
  version: string,
  fields: Iterable<FieldDefinition> = object.fields.values(),
): JsonObject {
  const json: JsonObject = { attributes: attributesOf(object.name, String(record["Id"]), version) };
  json["Id"] = record["Id"];
  for (const field of fields) json[field.name] = valueToJson(field, valueOf(record, field));
  return json;
}

/** A row of a query; children come as results of their own, complete. */
export function rowToJson(row: SoqlRow, version: string): JsonObject {
  const json: JsonObject = { attributes: attributesOf(row.objectName, row.id, version) };
  for (const column of row.columns) {
    switch (column.kind) {
      case "field":
        json[column.field.name] = valueToJson(column.field, column.value);
        break;
      case "parent":
        json[column.name] = column.row === null ? null : rowToJson(column.row, version);
        break;
      case "children":
        json[column.name] =
          column.rows.length === 0
            ? null
            : {
                totalSize: column.rows.length,
                done: true,
                records: column.rows.map((child) => rowToJson(child, version)),
              };
        break;
    }
  }
  return json;
}

/** Date-times are written with an offset without colon: `2026-01-31T12:00:00.000+0000`. */
function valueToJson(field: FieldDefinition, value: FieldValue): FieldValue {
  return field.type === "datetime" && typeof value === "string" ? value.replace(/Z$/, "+0000") : value;
}

function attributesOf(type: string, id: string, version: string): JsonObject {
  return { type, url: `/services/data/v${version}/sobjects/${type}/${id}` };
}
