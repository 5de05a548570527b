import avsc from "avsc";
import type { Schema, Type } from "avsc";
import { PubSubError } from "../pubsub-error.ts";
import type { EventModel, ModelField, NamedPart, Scalar, Shape } from "./event-model.ts";
import { nameOfPart, namesOfTopic, topicOfRecord } from "./topic-names.ts";

/** What an Avro schema is about: the event's record, and where it is read. */
export type EventSchema = {
  readonly type: avsc.types.RecordType;
  readonly topic: string;
  /** As Salesforce makes it: the MD5 of Avro's parsing canonical form. */
  readonly schemaId: string;
};

/**
 * Parses the Avro schema of an event.
 *
 * @throws {PubSubError} `schema_unusable`; `source` names where it came from.
 */
export function parseEventSchema(schemaJson: string, source: string): EventSchema {
  try {
    const type = avsc.Type.forSchema(JSON.parse(schemaJson) as Schema);
    if (!(type instanceof avsc.types.RecordType)) throw new Error(`it is a ${type.typeName}, not a record`);
    const name = (type.name ?? "").replace(/^.*\./, "");
    if (name === "") throw new Error("its record has no name");
    return { type, topic: topicOfRecord(name), schemaId: type.fingerprint("md5").toString("base64url") };
  } catch (error) {
    const detail = `is no usable Avro schema: ${error instanceof Error ? error.message : String(error)}.`;
    throw new PubSubError("schema_unusable", source, detail, { cause: error });
  }
}

/**
 * Reads what there is to write about an event.
 *
 * @throws {PubSubError} `schema_unusable`
 */
export function readModel(topic: string, schemaId: string, schemaJson: string): EventModel {
  const { type } = parseEventSchema(schemaJson, topic);
  const names = namesOfTopic(topic);
  const known = new Map<Type, string>();
  const parts: NamedPart[] = [];

  function nameOf(part: Type): string {
    if (part === type) return names.type;
    const wanted = nameOfPart(names.type, (part.name ?? "").replace(/^.*\./, ""));
    const used = new Set([names.type, ...known.values()]);
    let name = wanted;
    for (let count = 2; used.has(name); count += 1) name = `${wanted}${count}`;
    return name;
  }

  function addPart(part: avsc.types.RecordType | avsc.types.EnumType): Shape {
    const name = known.get(part) ?? nameOf(part);
    if (known.has(part)) {
      if (parts.some((done) => done.name === name)) return { kind: "part", name };
      throw new PubSubError("schema_unusable", topic, `the type ${part.name} contains itself.`);
    }
    known.set(part, name);
    if (part instanceof avsc.types.EnumType) parts.push({ kind: "words", name, symbols: part.symbols });
    else parts.push({ kind: "record", name, fields: part.fields.map((field) => readField(field)) });
    return { kind: "part", name };
  }

  function readField(field: avsc.types.Field): ModelField {
    // The library keeps it, and its typings do not say so.
    const { doc } = field as { readonly doc?: unknown };
    const salesforceKind = typeof doc === "string" ? /^\w+:(\w+)/.exec(doc)?.[1] : undefined;
    const kind = salesforceKind ?? avroKind(field.type);
    return { name: field.name, kind, shape: readShape(field.type, salesforceKind) };
  }

  function readShape(of: Type, kind: string | undefined): Shape {
    if (of instanceof avsc.types.RecordType || of instanceof avsc.types.EnumType) return addPart(of);
    if (of instanceof avsc.types.ArrayType) return { kind: "list", items: readShape(of.itemsType, kind) };
    if (of instanceof avsc.types.MapType) return { kind: "map", values: readShape(of.valuesType, kind) };
    if (!isUnion(of)) return { kind: "scalar", scalar: scalarOf(of, kind, topic) };
    const values = of.types.filter(({ typeName }) => typeName !== "null");
    const options = values.map((option) => readShape(option, kind));
    const [only, ...others] = options;
    if (only === undefined) throw new PubSubError("schema_unusable", topic, "a field can only be null.");
    const shape: Shape = others.length === 0 ? only : { kind: "choice", options };
    return values.length === of.types.length ? shape : { kind: "nullable", of: shape };
  }

  addPart(type);
  return { topic, names, schemaId, schemaJson: withoutFieldIds(schemaJson), parts };
}

export function isUnion(type: Type): type is avsc.types.UnwrappedUnionType | avsc.types.WrappedUnionType {
  return type instanceof avsc.types.UnwrappedUnionType || type instanceof avsc.types.WrappedUnionType;
}

function scalarOf(type: Type, kind: string | undefined, topic: string): Scalar {
  switch (type.typeName) {
    case "string":
      return "text";
    case "boolean":
      return "flag";
    case "int":
    case "float":
    case "double":
      return "number";
    case "long":
      if (kind === "DateTime") return "moment";
      return kind === "DateOnly" ? "day" : "long";
    case "bytes":
    case "fixed":
      return "bytes";
    default:
      throw new PubSubError("schema_unusable", topic, `nothing is known of the Avro type ${type.typeName}.`);
  }
}

function avroKind(type: Type): string {
  const named = isUnion(type) ? type.types.find(({ typeName }) => typeName !== "null") : type;
  const { typeName } = named ?? type;
  return typeName.slice(0, 1).toUpperCase() + typeName.slice(1);
}

/** `Data:Text:00N…` becomes `Data:Text`: each org numbers its fields, and files from two orgs should be alike. */
function withoutFieldIds(schemaJson: string): string {
  return JSON.stringify(JSON.parse(schemaJson), (key, value: unknown) =>
    key === "doc" && typeof value === "string"
      ? value.replace(/:[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?$/, "")
      : value,
  );
}
