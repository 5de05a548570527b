import type { DecodeOptions } from "../index.ts";

/** How values stand in an event; must be what the client is told by its option `decode`. */
export type ValueForms = Required<DecodeOptions>;

/** What the client gives when it is told nothing. */
export const defaultForms: ValueForms = { dates: "number", longs: "bigint" };

export function isDateForm(text: string): text is ValueForms["dates"] {
  return text === "number" || text === "iso" || text === "date";
}

export function isLongForm(text: string): text is ValueForms["longs"] {
  return text === "bigint" || text === "string";
}
