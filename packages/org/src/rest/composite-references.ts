import type { CallAnswer } from "./record-calls.ts";

/** A reference leads to no value: the part it names failed, comes later, or answered something else. */
export class ReferenceMissing extends Error {
  override readonly name = "ReferenceMissing";
}

const reference = /@\{(\w+)\.([\w.[\]]+)\}/g;

/**
 * Puts values of earlier answers in the place of `@{ref.id}` and `@{ref.records[0].Id}`, in all texts of a value.
 *
 * @throws {ReferenceMissing}
 */
export function fillReferences(value: unknown, answers: ReadonlyMap<string, CallAnswer>): unknown {
  if (typeof value === "string") return fillText(value, answers);
  if (Array.isArray(value)) return value.map((item) => fillReferences(item, answers));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, fillReferences(item, answers)]),
  );
}

/** A text that is one reference and nothing else takes the value as it is, a number for a number. */
function fillText(text: string, answers: ReadonlyMap<string, CallAnswer>): unknown {
  const [only] = text.matchAll(reference);
  if (only !== undefined && only[0] === text) return lookUp(only[1] ?? "", only[2] ?? "", answers);
  return text.replaceAll(reference, (_all, name: string, path: string) =>
    String(lookUp(name, path, answers)),
  );
}

function lookUp(name: string, path: string, answers: ReadonlyMap<string, CallAnswer>): unknown {
  const answered = answers.get(name);
  let value: unknown = answered === undefined || answered.status >= 400 ? undefined : answered.body;
  for (const step of path.replaceAll(/\[(\d+)\]/g, ".$1").split(".")) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined;
  }
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw new ReferenceMissing(`Invalid reference specified. No value for ${path} found in ${name}`);
}
