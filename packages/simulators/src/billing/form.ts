import { z } from "zod";

/** A posted form: each name with its values in the order they came. */
export type Form = ReadonlyMap<string, readonly string[]>;

const postedSchema = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** Reads what the form parser gave; anything that is no form is an empty one, as in PHP. */
export function readForm(body: unknown): Form {
  const posted = postedSchema.safeParse(body);
  const fields = posted.success ? Object.entries(posted.data) : [];
  return new Map(fields.map(([name, value]) => [name, typeof value === "string" ? [value] : value]));
}

/** A single field without the blanks around it; a missing one is the empty string, the last of several counts. */
export function field(form: Form, name: string): string {
  return form.get(name)?.at(-1)?.trim() ?? "";
}

/** A switch as WHMCS takes it: `true`, `1` or `on`. */
export function isSet(form: Form, name: string): boolean {
  return ["true", "1", "on"].includes(field(form, name).toLowerCase());
}

/** A non-negative whole number, or undefined when the field is empty or something else. */
export function integerField(form: Form, name: string): number | undefined {
  return parseInteger(field(form, name));
}

export function parseInteger(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const maxIndex = 1_000;

/** An array parameter, `name[0]=a&name[1]=b` or `name[]=a&name[]=b`, by index. A bare `name=a` is index 0. */
export function indexedField(form: Form, name: string): ReadonlyMap<number, string> {
  const values = new Map<number, string>();
  const bare = form.get(name)?.at(-1);
  if (bare !== undefined) values.set(0, bare);
  form.get(`${name}[]`)?.forEach((value, index) => values.set(index, value));
  for (const [key, list] of form) {
    const index = key.startsWith(`${name}[`) ? parseInteger(key.slice(name.length + 1, -1)) : undefined;
    const value = list.at(-1);
    if (index !== undefined && index < maxIndex && value !== undefined) values.set(index, value);
  }
  return values;
}
