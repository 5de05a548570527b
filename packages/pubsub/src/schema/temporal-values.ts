import { Misfit } from "./avro-bytes.ts";

/** How a DateTime or DateOnly comes: as milliseconds since 1970, ISO text or `Date`. */
export type DateForm = "number" | "iso" | "date";

const MS_PER_DAY = 86_400_000;

/**
 * A point in time in the form that was asked for. A DateOnly is midnight in UTC, and as text the day alone.
 *
 * @throws {Misfit} beyond the year 275760, where a `Date` ends.
 */
export function fromEpochMs(
  epochMs: number | bigint,
  temporal: "dateTime" | "date",
  form: Exclude<DateForm, "number">,
): string | Date {
  const date = new Date(Number(epochMs));
  if (Number.isNaN(date.getTime())) throw new Misfit("a date is beyond what a Date can hold");
  if (form === "date") return date;
  const text = date.toISOString();
  return temporal === "date" ? text.slice(0, text.indexOf("T")) : text;
}

/** Milliseconds since 1970 of what a publisher gives for a date; a string says what is wrong with it. */
export function toEpochMs(value: Date | string, temporal: "dateTime" | "date"): number | string {
  const epochMs = typeof value === "string" ? parseIso(value, temporal) : value.getTime();
  if (Number.isNaN(epochMs)) {
    if (typeof value !== "string") return "is an invalid Date";
    return temporal === "date" ? "is no day like 2026-11-24" : "is no time like 2026-11-24T10:00:00Z";
  }
  // Cutting the time off would hide that a midnight of another time zone is another day.
  if (temporal === "date" && epochMs % MS_PER_DAY !== 0) return "is a day, but was given with a time in UTC";
  return epochMs;
}

const dayPattern = /^(?:[+-]\d{6}|\d{4})-\d\d-\d\d$/;
const timePattern = /^\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Text without an offset would be read in the time zone of this machine, so that it is refused. */
function parseIso(text: string, temporal: "dateTime" | "date"): number {
  const [day = "", time, ...rest] = text.split("T");
  if (!dayPattern.test(day) || rest.length > 0) return Number.NaN;
  const midnight = Date.parse(`${day}T00:00:00.000Z`);
  // The 31st of February is read as a day of March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return Number.NaN;
  if (temporal === "date") return time === undefined ? midnight : Number.NaN;
  return time !== undefined && timePattern.test(time) ? Date.parse(text) : Number.NaN;
}
