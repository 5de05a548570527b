/** How values stand in an event; must be what the client is told to give. */
export type ValueForms = {
  /** Date and Date/Time fields: milliseconds since 1970, ISO 8601 text, or a Date. */
  readonly dates: "ms" | "iso" | "date";
  /** Other 64-bit integers: a number that is a bigint beyond 2^53, always a bigint, or text. */
  readonly longs: "auto" | "bigint" | "string";
};

/** What the client gives when it is told nothing. */
export const defaultForms: ValueForms = { dates: "ms", longs: "auto" };

export function isDateForm(text: string): text is ValueForms["dates"] {
  return text === "ms" || text === "iso" || text === "date";
}

export function isLongForm(text: string): text is ValueForms["longs"] {
  return text === "auto" || text === "bigint" || text === "string";
}
