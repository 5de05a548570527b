import type { ValueDescription, ValueOption } from "./describe-schema.ts";

/** Whether a reader meets the same type of value. The fields of records are left aside, and so are their names. */
export function areAlike(before: ValueDescription, after: ValueDescription): boolean {
  // The older schema may have been written down without what Salesforce notes beside a long.
  const vague = longOf(before) === "long" || longOf(after) === "long";
  return textOf(before, vague) === textOf(after, vague);
}

/**
 * Whether what was made to read `before` can read `after`. It goes by what a value is in JavaScript, which is what
 * types and validators made of a schema say:
 *
 * - int, float and double are numbers; a long is a number or a bigint. So a long may become an int or a double, and
 *   none of these a long: its first value beyond 2^53 would come as a bigint.
 * - What may be null may become what is never null, and not the other way round.
 * - A union may lose branches and an enum symbols, and neither may gain any; a string may become an enum.
 * - A DateTime, a DateOnly and a TimeOnly may not become each other.
 */
export function canReadAs(before: ValueDescription, after: ValueDescription): boolean {
  if (after.nullable && !before.nullable) return false;
  return after.options.every((option) => before.options.some((known) => canReadOption(known, option)));
}

/** The type for people, such as `string | null`, `array of long`, `record`. `vague` leaves out what a long stands for. */
export function textOf({ options, nullable }: ValueDescription, vague = false): string {
  const texts = options.map((option) => textOfOption(option, vague)).sort();
  return [...texts, ...(nullable ? ["null"] : [])].join(" | ");
}

function canReadOption(known: ValueOption, option: ValueOption): boolean {
  switch (option.kind) {
    case "number":
      return known.kind === "number" || known.kind === "long";
    case "long":
    case "dateTime":
    case "date":
    case "time":
      return isLong(known) && (known.kind === option.kind || known.kind === "long" || option.kind === "long");
    case "enum":
      if (known.kind === "string") return true;
      return known.kind === "enum" && option.symbols.every((symbol) => known.symbols.includes(symbol));
    case "array":
      return known.kind === "array" && canReadAs(known.items, option.items);
    case "map":
      return known.kind === "map" && canReadAs(known.values, option.values);
    case "record":
    case "recursion":
      return known.kind === "record" || known.kind === "recursion";
    case "string":
    case "boolean":
    case "bytes":
      return known.kind === option.kind;
  }
}

function textOfOption(option: ValueOption, vague: boolean): string {
  switch (option.kind) {
    case "number":
      return option.avro;
    case "long":
    case "dateTime":
    case "date":
    case "time":
      return vague ? "long" : option.kind;
    case "enum":
      return `enum of ${option.symbols.toSorted().join(", ")}`;
    case "array":
      return `array of ${textOf(option.items)}`;
    case "map":
      return `map of ${textOf(option.values)}`;
    case "record":
    case "recursion":
      return "record";
    case "string":
    case "boolean":
    case "bytes":
      return option.kind;
  }
}

/** A union holds one long at most. */
function longOf({ options }: ValueDescription): ValueOption["kind"] | undefined {
  return options.find(isLong)?.kind;
}

function isLong({ kind }: ValueOption): boolean {
  return kind === "long" || kind === "dateTime" || kind === "date" || kind === "time";
}
