import type { NamedPart, Shape } from "./event-model.ts";
import { maxWidth } from "./render-type.ts";
import { toCamelCase } from "./topic-names.ts";
import type { ValueForms } from "./value-forms.ts";

/** The zod schema of a part, laid out as the formatter would. */
export function renderZod(part: NamedPart, forms: ValueForms): string {
  const head = `export const ${schemaConstant(part.name)} = z`;
  if (part.kind === "words") {
    const symbols = part.symbols.map((symbol) => `"${symbol}"`);
    const flat = `${head}.enum([${symbols.join(", ")}]);`;
    if (flat.length <= maxWidth) return `${flat}\n`;
    return `${head}.enum([\n${symbols.map((symbol) => `  ${symbol},\n`).join("")}]);\n`;
  }
  const fields = part.fields.map(({ name, shape }) => renderField(name, shape, forms));
  // The compiler holds the two against each other, also after a hand edited one of them.
  return `${head}.object({\n${fields.join("\n")}\n}) satisfies z.ZodType<${part.name}>;\n`;
}

/** What the zod schema of a type is called. */
export function schemaConstant(typeName: string): string {
  return `${toCamelCase(typeName)}Schema`;
}

function renderField(name: string, shape: Shape, forms: ValueForms): string {
  const flat = `  ${name}: ${expressionOf(shape, forms)},`;
  if (flat.length <= maxWidth) return flat;
  if (shape.kind === "choice") return `  ${name}: z.${breakUnion(shape.options, forms, "  ")},`;
  if (shape.kind !== "nullable") return flat;
  const inner = expressionOf(shape.of, forms);
  if (!inner.startsWith("z.")) return `  ${name}:\n    ${inner}.nullable(),`;
  const call = inner.slice("z.".length);
  const isWide = `    .${call}`.length > maxWidth;
  const broken = isWide && shape.of.kind === "choice" ? breakUnion(shape.of.options, forms, "    ") : call;
  return `  ${name}: z\n    .${broken}\n    .nullable(),`;
}

function breakUnion(options: readonly Shape[], forms: ValueForms, indent: string): string {
  const lines = options.map((option) => `${indent}  ${expressionOf(option, forms)},\n`);
  return `union([\n${lines.join("")}${indent}])`;
}

function expressionOf(shape: Shape, forms: ValueForms): string {
  switch (shape.kind) {
    case "nullable":
      return `${expressionOf(shape.of, forms)}.nullable()`;
    case "choice":
      return `z.union([${shape.options.map((option) => expressionOf(option, forms)).join(", ")}])`;
    case "part":
      return schemaConstant(shape.name);
    case "map":
      return `z.record(z.string(), ${expressionOf(shape.values, forms)})`;
    case "list":
      return `z.array(${expressionOf(shape.items, forms)})`;
    case "scalar":
      break;
  }
  switch (shape.scalar) {
    case "text":
      return "z.string()";
    case "flag":
      return "z.boolean()";
    case "number":
      return "z.number()";
    case "bytes":
      return "z.instanceof(Uint8Array)";
    case "long":
      return `z.union([z.number(), z.${forms.longs}()])`;
    case "moment":
    case "day":
      return { number: "z.number()", iso: "z.string()", date: "z.date()" }[forms.dates];
  }
}
