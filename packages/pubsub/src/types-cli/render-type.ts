import type { ModelField, NamedPart, Scalar, Shape } from "./event-model.ts";
import type { ValueForms } from "./value-forms.ts";

/** Lines of generated code are as wide as the formatter of this repository makes them. */
export const maxWidth = 110;

/** The TypeScript type of a part, laid out as the formatter would. */
export function renderType(part: NamedPart, forms: ValueForms): string {
  if (part.kind === "words") {
    return `${breakUnion(
      `export type ${part.name} =`,
      part.symbols.map((symbol) => `"${symbol}"`),
      "  ",
    )}\n`;
  }
  const fields = part.fields.flatMap((field) => [
    `  /** ${describeField(field, forms)} */`,
    breakUnion(`  ${field.name}:`, membersOf(field.shape, forms), "    "),
  ]);
  return `export type ${part.name} = {\n${fields.join("\n")}\n};\n`;
}

/** In one line, in the next, or one member a line: the first that fits. A type "or null" is never broken. */
function breakUnion(head: string, members: readonly string[], indent: string): string {
  const flat = `${members.join(" | ")};`;
  const isOne = members.filter((member) => member !== "null").length === 1;
  if (`${head} ${flat}`.length <= maxWidth || isOne) return `${head} ${flat}`;
  if (`${indent}${flat}`.length <= maxWidth) return `${head}\n${indent}${flat}`;
  return `${head}\n${members.map((member) => `${indent}| ${member}`).join("\n")};`;
}

function membersOf(shape: Shape, forms: ValueForms): readonly string[] {
  switch (shape.kind) {
    case "nullable":
      return [...membersOf(shape.of, forms), "null"];
    case "choice":
      return [...new Set(shape.options.flatMap((option) => membersOf(option, forms)))];
    case "part":
      return [shape.name];
    case "map":
      return [`Record<string, ${membersOf(shape.values, forms).join(" | ")}>`];
    case "list": {
      const items = membersOf(shape.items, forms);
      return [items.length === 1 ? `${items.join("")}[]` : `(${items.join(" | ")})[]`];
    }
    case "scalar":
      break;
  }
  switch (shape.scalar) {
    case "text":
      return ["string"];
    case "flag":
      return ["boolean"];
    case "number":
      return ["number"];
    case "bytes":
      return ["Uint8Array"];
    case "long":
      return ["number", forms.longs];
    case "moment":
    case "day":
      return [{ number: "number", iso: "string", date: "Date" }[forms.dates]];
  }
}

/** What a reader wants to know of a field: Salesforce's word for its type, the unit, whether it can be null. */
function describeField({ kind, shape }: ModelField, forms: ValueForms): string {
  const isNullable = shape.kind === "nullable";
  const value = isNullable ? shape.of : shape;
  const said = value.kind === "scalar" ? `${kind}${unitOf(value.scalar, forms)}` : kind;
  return `${said}${isNullable ? ", or null" : ""}.`;
}

function unitOf(scalar: Scalar, { dates, longs }: ValueForms): string {
  if (scalar === "moment") {
    return { number: " in milliseconds since 1970", iso: " as ISO 8601 text", date: "" }[dates];
  }
  if (scalar === "day") {
    const midnight = " at the start of the day in UTC";
    return { number: ` in milliseconds since 1970,${midnight}`, iso: " as ISO 8601 text", date: midnight }[
      dates
    ];
  }
  return scalar === "long" ? ` (a ${longs} beyond 2^53)` : "";
}
