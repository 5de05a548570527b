import { createHash } from "node:crypto";
import type { AvroRecord, AvroType } from "../schema/avro-schema.ts";

/** The id that Salesforce gives a schema: the MD5 of Avro's parsing canonical form, in base64url without padding. */
export function schemaIdOf(record: AvroRecord): string {
  const text = JSON.stringify(canonicalForm(record, new Set()));
  return createHash("md5").update(text).digest("base64url");
}

/** Full names, no texts, no defaults; a type that was defined before stands as its name. */
function canonicalForm(type: AvroType, defined: Set<AvroType>): unknown {
  if ("name" in type) {
    if (defined.has(type)) return type.name;
    defined.add(type);
  }
  switch (type.kind) {
    case "record": {
      const fields = type.fields.map((field) => ({
        name: field.name,
        type: canonicalForm(field.type, defined),
      }));
      return { name: type.name, type: type.kind, fields };
    }
    case "enum":
      return { name: type.name, type: type.kind, symbols: type.symbols };
    case "fixed":
      return { name: type.name, type: type.kind, size: type.size };
    case "array":
      return { type: type.kind, items: canonicalForm(type.items, defined) };
    case "map":
      return { type: type.kind, values: canonicalForm(type.values, defined) };
    case "union":
      return type.branches.map((branch) => canonicalForm(branch, defined));
    case "null":
    case "boolean":
    case "int":
    case "long":
    case "float":
    case "double":
    case "bytes":
    case "string":
      return type.kind;
  }
}
