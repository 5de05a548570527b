import { PubSubError } from "../pubsub-error.ts";
import { parseAvroRecord } from "../schema/avro-schema.ts";
import type { AvroField, AvroRecord, AvroType, Temporal } from "../schema/avro-schema.ts";
import type { EventModel, ModelField, NamedPart, Shape } from "./event-model.ts";
import { nameOfPart, namesOfTopic } from "./topic-names.ts";

type AvroEnum = Extract<AvroType, { readonly kind: "enum" }>;

/**
 * Reads what there is to write about an event.
 *
 * @throws {PubSubError} `schema_unusable`
 */
export function readModel(topic: string, schemaId: string, schemaJson: string): EventModel {
  const event = parseAvroRecord(schemaJson, topic);
  const kinds = salesforceKinds(schemaJson);
  const names = namesOfTopic(topic);
  const known = new Map<AvroType, string>();
  const parts: NamedPart[] = [];

  function nameOf(part: AvroRecord | AvroEnum): string {
    if (part === event) return names.type;
    const wanted = nameOfPart(names.type, plainName(part));
    const used = new Set([names.type, ...known.values()]);
    let name = wanted;
    for (let count = 2; used.has(name); count += 1) name = `${wanted}${count}`;
    return name;
  }

  function readPart(part: AvroRecord | AvroEnum): Shape {
    const name = known.get(part) ?? nameOf(part);
    if (known.has(part)) {
      if (parts.some((done) => done.name === name)) return { kind: "part", name };
      throw new PubSubError("schema_unusable", topic, `the type ${part.name} contains itself.`);
    }
    known.set(part, name);
    if (part.kind === "enum") parts.push({ kind: "words", name, symbols: part.symbols });
    else parts.push({ kind: "record", name, fields: part.fields.map((field) => readField(part, field)) });
    return { kind: "part", name };
  }

  function readField(record: AvroRecord, { name, type, temporal }: AvroField): ModelField {
    const kind = kinds.get(`${plainName(record)}.${name}`) ?? avroKind(type);
    return { name, kind, shape: readShape(type, temporal) };
  }

  function readShape(type: AvroType, temporal: Temporal | null): Shape {
    switch (type.kind) {
      case "record":
      case "enum":
        return readPart(type);
      case "array":
        return { kind: "list", items: readShape(type.items, null) };
      case "map":
        return { kind: "map", values: readShape(type.values, null) };
      case "union":
        return readUnion(type.branches, temporal);
      case "null":
        throw new PubSubError("schema_unusable", topic, "a field can only be null.");
      case "string":
        return { kind: "scalar", scalar: "text" };
      case "boolean":
        return { kind: "scalar", scalar: "flag" };
      case "int":
      case "float":
      case "double":
        return { kind: "scalar", scalar: "number" };
      case "bytes":
      case "fixed":
        return { kind: "scalar", scalar: "bytes" };
      case "long":
        return { kind: "scalar", scalar: scalarOfLong(temporal) };
    }
  }

  function readUnion(branches: readonly AvroType[], temporal: Temporal | null): Shape {
    const options = branches
      .filter(({ kind }) => kind !== "null")
      .map((option) => readShape(option, temporal));
    const [only, ...others] = options;
    if (only === undefined) throw new PubSubError("schema_unusable", topic, "a field can only be null.");
    const shape: Shape = others.length === 0 ? only : { kind: "choice", options };
    return options.length === branches.length ? shape : { kind: "nullable", of: shape };
  }

  readPart(event);
  return { topic, names, schemaId, schemaJson: withoutFieldIds(schemaJson), parts };
}

/** Without the namespace. */
export function plainName({ name }: { readonly name: string }): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function scalarOfLong(temporal: Temporal | null): "moment" | "day" | "long" {
  if (temporal === "dateTime") return "moment";
  return temporal === "date" ? "day" : "long";
}

/** What Salesforce calls the types of fields, by record and field: the second part of `Data:DateOnly:00N…`. */
function salesforceKinds(schemaJson: string): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  JSON.parse(schemaJson, (_key, value: unknown) => {
    const { name, fields } = (value ?? {}) as { readonly name?: unknown; readonly fields?: unknown };
    if (typeof name !== "string" || !Array.isArray(fields)) return value;
    for (const field of fields as readonly { readonly name: string; readonly doc?: unknown }[]) {
      const kind = typeof field.doc === "string" ? /^\w+:(\w+)/.exec(field.doc)?.[1] : undefined;
      if (kind !== undefined) kinds.set(`${plainName({ name })}.${field.name}`, kind);
    }
    return value;
  });
  return kinds;
}

function avroKind(type: AvroType): string {
  const [value = type] = type.kind === "union" ? type.branches.filter(({ kind }) => kind !== "null") : [];
  return value.kind.slice(0, 1).toUpperCase() + value.kind.slice(1);
}

/** `Data:Text:00N…` becomes `Data:Text`: each org numbers its fields, and files from two orgs should be alike. */
function withoutFieldIds(schemaJson: string): string {
  return JSON.stringify(JSON.parse(schemaJson), (key, value: unknown) =>
    key === "doc" && typeof value === "string"
      ? value.replace(/:[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?$/, "")
      : value,
  );
}
