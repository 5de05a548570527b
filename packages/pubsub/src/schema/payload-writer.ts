import { AvroOutput } from "./avro-output.ts";
import { nameOfType } from "./avro-schema.ts";
import type { AvroField, AvroRecord, AvroType, Temporal } from "./avro-schema.ts";
import { closestName } from "./closest-name.ts";
import { describeValue, writeScalar } from "./scalar-values.ts";
import type { ScalarType } from "./scalar-values.ts";

/** One pass: what was written counts only if no problem was found. */
type Writing = {
  readonly output: AvroOutput;
  /** What is wrong, each with the path of its field. Never holds a value. */
  readonly problems: string[];
  depth: number;
};

type Write = (value: unknown, writing: Writing, path: string) => void;

/** What was written, or all that is wrong with the record. */
export type WriteOutcome =
  | { readonly kind: "written"; readonly payload: Buffer }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** A record that holds itself would be written for ever. */
const MAX_DEPTH = 64;

/** Makes the function that writes one record. It never throws. */
export function compileWriter(record: AvroRecord): (value: unknown) => WriteOutcome {
  const write = compileRecord(record, new Map());
  return (value) => {
    const writing: Writing = { output: new AvroOutput(), problems: [], depth: 0 };
    write(value, writing, "");
    const { problems, output } = writing;
    return problems.length > 0
      ? { kind: "invalid", problems }
      : { kind: "written", payload: output.toBuffer() };
  };
}

function compileType(type: AvroType, temporal: Temporal | null, records: Map<AvroRecord, Write>): Write {
  switch (type.kind) {
    case "record":
      return compileRecord(type, records);
    case "union":
      return unionWriter(type.branches, temporal, records);
    case "array":
      return arrayWriter(compileType(type.items, null, records));
    case "map":
      return mapWriter(compileType(type.values, null, records));
    case "null":
    case "boolean":
    case "int":
    case "long":
    case "float":
    case "double":
    case "string":
    case "bytes":
    case "fixed":
    case "enum":
      return scalarWriter(type, temporal);
  }
}

function scalarWriter(type: ScalarType, temporal: Temporal | null): Write {
  return (value, { output, problems }, path) => {
    const problem = writeScalar(type, temporal, value, output);
    if (problem !== null) problems.push(`${path} ${problem}`);
  };
}

function compileRecord(record: AvroRecord, records: Map<AvroRecord, Write>): Write {
  const known = records.get(record);
  if (known !== undefined) return known;
  const fields: { readonly name: string; readonly fallback: unknown; readonly write: Write }[] = [];
  const names = new Set(record.fields.map(({ name }) => name));
  const write: Write = (value, writing, path) => {
    if (!isRecord(value)) {
      writing.problems.push(`${path || "it"} must be a record, but is ${describeValue(value)}`);
      return;
    }
    if (writing.depth === MAX_DEPTH) {
      writing.problems.push(`${path} nests deeper than ${MAX_DEPTH} records`);
      return;
    }
    writing.depth += 1;
    const prefix = path === "" ? "" : `${path}.`;
    for (const field of fields) {
      // Own fields alone: a field may be named like something that every object has, such as `constructor`.
      const given = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
      const chosen = given === undefined ? field.fallback : given;
      if (chosen === undefined) writing.problems.push(`${prefix}${field.name} is missing and cannot be null`);
      else field.write(chosen, writing, prefix + field.name);
    }
    for (const name of Object.keys(value)) {
      if (names.has(name)) continue;
      const meant = closestName(name, [...names]);
      const hint = meant === null ? "" : ` (did you mean ${meant}?)`;
      writing.problems.push(`${prefix}${name} is no field of ${record.name}${hint}`);
    }
    writing.depth -= 1;
  };
  // Known before its fields are compiled, since one of them may be the record itself.
  records.set(record, write);
  for (const field of record.fields) {
    const { name, type, temporal } = field;
    fields.push({ name, fallback: fallbackOf(field), write: compileType(type, temporal, records) });
  }
  return write;
}

/** What is written for a field that is left out: its default, else null where that is allowed. */
function fallbackOf({ type, defaultValue }: AvroField): unknown {
  if (defaultValue !== undefined) return defaultValue;
  return type.kind === "union" && type.branches.some(({ kind }) => kind === "null") ? null : undefined;
}

function arrayWriter(write: Write): Write {
  return (value, writing, path) => {
    if (!Array.isArray(value)) {
      writing.problems.push(`${path} must be an array, but is ${describeValue(value)}`);
      return;
    }
    const items = value as readonly unknown[];
    if (items.length > 0) writing.output.writeLong(items.length);
    for (const [index, item] of items.entries()) write(item, writing, `${path}[${index}]`);
    writing.output.writeByte(0);
  };
}

function mapWriter(write: Write): Write {
  return (value, writing, path) => {
    if (!isRecord(value)) {
      writing.problems.push(`${path} must be an object, but is ${describeValue(value)}`);
      return;
    }
    const entries = Object.entries(value);
    if (entries.length > 0) writing.output.writeLong(entries.length);
    for (const [key, item] of entries) {
      writing.output.writeString(key);
      write(item, writing, `${path}.${key}`);
    }
    writing.output.writeByte(0);
  };
}

/** Takes the first branch that a value fits; also `{ branchName: value }`, which is how Avro's JSON names one. */
function unionWriter(
  branches: readonly AvroType[],
  temporal: Temporal | null,
  records: Map<AvroRecord, Write>,
): Write {
  const options = branches.map((branch, index) => ({
    index,
    name: nameOfType(branch),
    write: compileType(branch, temporal, records),
  }));
  const nullIndex = branches.findIndex(({ kind }) => kind === "null");
  const others = options.filter(({ index }) => index !== nullIndex);
  const [only] = others;

  function writeBranch(
    option: (typeof options)[number],
    value: unknown,
    writing: Writing,
    path: string,
  ): void {
    writing.output.writeByte(2 * option.index);
    option.write(value, writing, path);
  }

  function fits(option: (typeof options)[number], value: unknown, writing: Writing, path: string): boolean {
    const { problems, output, depth } = writing;
    const before = { problems: problems.length, position: output.position };
    writeBranch(option, value, writing, path);
    if (problems.length === before.problems) return true;
    problems.length = before.problems;
    output.position = before.position;
    writing.depth = depth;
    return false;
  }

  return (value, writing, path) => {
    if (value === null && nullIndex >= 0) {
      writing.output.writeByte(2 * nullIndex);
      return;
    }
    // With a single branch besides null, what is wrong with that one says more than "none fits".
    if (others.length === 1 && only !== undefined && !isNamedBranch(value, only.name)) {
      writeBranch(only, value, writing, path);
      return;
    }
    if (others.some((option) => fits(option, value, writing, path))) return;
    const named = others.find(({ name }) => isNamedBranch(value, name));
    if (named !== undefined && isRecord(value)) {
      writeBranch(named, value[named.name], writing, path);
      return;
    }
    const names = others.map(({ name }) => name).join(" or ");
    writing.problems.push(`${path} must be ${names}, but is ${describeValue(value)}`);
  };
}

function isNamedBranch(value: unknown, name: string): boolean {
  return isRecord(value) && Object.keys(value).length === 1 && Object.hasOwn(value, name);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}
