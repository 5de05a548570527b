import { PubSubError } from "../pubsub-error.ts";

/** A type of an Avro schema, its names resolved. A record that holds itself is the same object again. */
export type AvroType =
  | { readonly kind: AvroPrimitive }
  | { readonly kind: "enum"; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: "fixed"; readonly name: string; readonly size: number }
  | { readonly kind: "array"; readonly items: AvroType }
  | { readonly kind: "map"; readonly values: AvroType }
  | { readonly kind: "union"; readonly branches: readonly AvroType[] }
  | AvroRecord;

export type AvroPrimitive = "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";

export type AvroRecord = {
  readonly kind: "record";
  /** The full name, such as `com.sforce.eventbus.Order_Event__e`. */
  readonly name: string;
  readonly fields: readonly AvroField[];
};

export type AvroField = {
  readonly name: string;
  readonly type: AvroType;
  /** What Salesforce says that a long stands for; null for everything else. */
  readonly temporal: Temporal | null;
  /** The default as JSON; undefined when there is none. */
  readonly defaultValue: unknown;
};

/** Milliseconds since 1970 in UTC, the same at midnight, and milliseconds since midnight. */
export type Temporal = "dateTime" | "date" | "time";

/** Far deeper than any schema of Salesforce, which nests records once. */
const MAX_DEPTH = 64;

/** A change event has some hundreds. Records within records that double at every level would never be read to the end. */
const MAX_FIELDS = 20_000;

const primitives: ReadonlySet<string> = new Set<AvroPrimitive>([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
]);

/** The second part of a field's `doc`, as in `CreatedDate:DateTime` or `Data:DateOnly:00N…`. */
const temporals: ReadonlyMap<string | undefined, Temporal> = new Map([
  ["DateTime", "dateTime"],
  ["DateOnly", "date"],
  ["TimeOnly", "time"],
]);

/**
 * Reads the JSON text of an Avro schema whose type is a record; `subject` names it in the error.
 *
 * @throws {PubSubError} `schema_unusable` when it is no JSON, no Avro or no record; the message says which part is wrong.
 */
export function parseAvroRecord(schemaJson: string, subject: string): AvroRecord {
  try {
    const type = parseType(JSON.parse(schemaJson), { known: new Map(), namespace: "", depth: 0 });
    if (type.kind !== "record") throw new Error(`expected a record, got ${type.kind}`);
    if (countFields(type, new Map()) <= MAX_FIELDS) return type;
    throw new Error(`it unfolds to more than ${MAX_FIELDS} fields`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PubSubError("schema_unusable", subject, `cannot be used: ${reason}.`, { cause: error });
  }
}

/** The type's name as a union names its branch: `string`, `com.sforce.eventbus.PersonName`. */
export function nameOfType(type: AvroType): string {
  return "name" in type ? type.name : type.kind;
}

type Scope = {
  /** Named types by full name. */
  readonly known: Map<string, AvroType>;
  readonly namespace: string;
  readonly depth: number;
};

type JsonObject = Readonly<Record<string, unknown>>;

function parseType(schema: unknown, outer: Scope): AvroType {
  const scope = { ...outer, depth: outer.depth + 1 };
  if (scope.depth > MAX_DEPTH) throw new Error(`it nests deeper than ${MAX_DEPTH} types`);
  if (typeof schema === "string") return lookUp(schema, scope);
  if (Array.isArray(schema)) return parseUnion(schema, scope);
  if (typeof schema !== "object" || schema === null) {
    throw new Error(`${JSON.stringify(schema)} is no type`);
  }
  const definition = schema as JsonObject;
  switch (definition["type"]) {
    case "record":
      return parseRecord(definition, scope);
    case "enum":
      return register(
        { kind: "enum", name: fullNameOf(definition, scope), symbols: symbolsOf(definition) },
        scope,
      );
    case "fixed":
      return register(
        { kind: "fixed", name: fullNameOf(definition, scope), size: sizeOf(definition) },
        scope,
      );
    case "array":
      return { kind: "array", items: parseType(definition["items"], scope) };
    case "map":
      return { kind: "map", values: parseType(definition["values"], scope) };
    default:
      return parseType(definition["type"], scope);
  }
}

function lookUp(name: string, { known, namespace }: Scope): AvroType {
  if (isPrimitive(name)) return { kind: name };
  const type = known.get(qualify(name, namespace)) ?? known.get(name);
  if (type === undefined) throw new Error(`${JSON.stringify(name)} is no type`);
  return type;
}

function parseUnion(schemas: readonly unknown[], scope: Scope): AvroType {
  const branches = schemas.map((schema) => parseType(schema, scope));
  const names = new Set(branches.map(nameOfType));
  if (branches.length === 0) throw new Error("a union has no branches");
  if (names.has("union")) throw new Error("a union holds a union");
  if (names.size < branches.length) throw new Error("a union has the same branch twice");
  return { kind: "union", branches };
}

function parseRecord(definition: JsonObject, scope: Scope): AvroRecord {
  const name = fullNameOf(definition, scope);
  const fields: AvroField[] = [];
  const record: AvroRecord = { kind: "record", name, fields };
  register(record, scope);
  const inner = { ...scope, namespace: name.slice(0, Math.max(0, name.lastIndexOf("."))) };
  const given = definition["fields"];
  if (!Array.isArray(given)) throw new Error(`the record ${name} has no fields`);
  const names = new Set<string>();
  for (const field of given as readonly unknown[]) {
    const parsed = parseField(field, name, inner);
    if (names.has(parsed.name)) throw new Error(`the record ${name} has two fields ${parsed.name}`);
    names.add(parsed.name);
    fields.push(parsed);
  }
  return record;
}

function parseField(given: unknown, recordName: string, scope: Scope): AvroField {
  const field = (typeof given === "object" && given !== null ? given : {}) as JsonObject;
  const { name, doc } = field;
  // An assignment to that name replaces an object's prototype instead of setting a field.
  if (!isName(name) || name === "__proto__") {
    throw new Error(`the record ${recordName} has a field named ${JSON.stringify(name)}`);
  }
  const type = parseType(field["type"], scope);
  const temporal = holdsLong(type) && typeof doc === "string" ? temporals.get(doc.split(":")[1]) : undefined;
  return { name, type, temporal: temporal ?? null, defaultValue: field["default"] };
}

/** Fields of a type and of all records within it, wherever they stand; one that holds itself is counted once. */
function countFields(type: AvroType, counted: Map<AvroType, number>): number {
  if (type.kind === "array") return countFields(type.items, counted);
  if (type.kind === "map") return countFields(type.values, counted);
  if (type.kind === "union") {
    return type.branches.reduce((sum, branch) => sum + countFields(branch, counted), 0);
  }
  if (type.kind !== "record") return 0;
  const known = counted.get(type);
  if (known !== undefined) return known;
  counted.set(type, 0);
  const count = type.fields.reduce((sum, field) => sum + 1 + countFields(field.type, counted), 0);
  counted.set(type, count);
  return count;
}

function holdsLong(type: AvroType): boolean {
  return type.kind === "long" || (type.kind === "union" && type.branches.some(({ kind }) => kind === "long"));
}

function register<T extends AvroType & { readonly name: string }>(type: T, { known }: Scope): T {
  if (known.has(type.name)) throw new Error(`it defines ${type.name} twice`);
  known.set(type.name, type);
  return type;
}

function fullNameOf({ name, namespace }: JsonObject, scope: Scope): string {
  const fullName =
    typeof name === "string"
      ? qualify(name, typeof namespace === "string" ? namespace : scope.namespace)
      : "";
  if (!fullName.split(".").every(isName) || isPrimitive(fullName)) {
    throw new Error(`${JSON.stringify(name)} is no name of a type`);
  }
  return fullName;
}

function symbolsOf({ symbols }: JsonObject): readonly string[] {
  if (Array.isArray(symbols) && symbols.length > 0 && symbols.every(isName)) return symbols;
  throw new Error("an enum has no symbols");
}

function sizeOf({ size }: JsonObject): number {
  if (typeof size === "number" && Number.isSafeInteger(size) && size >= 0) return size;
  throw new Error("a fixed has no size");
}

function qualify(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

function isPrimitive(name: string): name is AvroPrimitive {
  return primitives.has(name);
}

function isName(name: unknown): name is string {
  return typeof name === "string" && /^[A-Za-z_]\w*$/.test(name);
}
