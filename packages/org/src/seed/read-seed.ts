import { readFileSync } from "node:fs";
import { z } from "zod";
import type { FieldValue } from "../org-core.ts";

/**
 * A record to be made in an empty org. Where a field is a lookup, the value `@name` stands for the id of the record
 * with that alias, which has to come before. The permission sets of the metadata have their names as aliases.
 */
export type SeedRecord = {
  readonly object: string;
  readonly alias: string | null;
  readonly values: Readonly<Record<string, FieldValue>>;
  /** Left out where a lookup names an alias that is not there. */
  readonly optional: boolean;
  /** Counted from 1 in its file. */
  readonly number: number;
};

/** A seed file is wrong; `message` names the file, the record and the field. */
export class SeedError extends Error {
  override readonly name = "SeedError";
  readonly code = "bad_seed";
  constructor(file: string, detail: string, options?: ErrorOptions) {
    super(`[bad_seed] ${file}: ${detail}`, options);
  }
}

const fieldValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** A long text is written as the part it repeats. */
const longText = z.strictObject({ repeat: z.string().min(1), length: z.int().min(1).max(131_072) });

const seedFile = z.strictObject({
  description: z.string().optional(),
  records: z.array(
    z.strictObject({
      object: z.string(),
      /** A name for this record; lookups of later records, in later files too, say `@name`. */
      alias: z
        .string()
        .regex(/^\w[\w.-]*$/, "an alias is made of letters, digits, _ . -")
        .optional(),
      /** Left out, instead of refused, where a lookup names an alias that is not there. */
      optional: z.boolean().default(false),
      /** So many records with these values and ids of their own. */
      count: z.int().min(1).max(10_000).default(1),
      values: z.record(z.string(), z.union([fieldValue, longText])),
    }),
  ),
});

/** Reads the records of a seed file in their order. @throws {SeedError} */
export function readSeedFile(file: string): readonly SeedRecord[] {
  const parsed = seedFile.safeParse(readJson(file));
  if (!parsed.success) {
    throw new SeedError(file, `Correct the file. ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data.records.flatMap(({ object, alias, optional, count, values }, index) => {
    if (alias !== undefined && count > 1) {
      const detail = `Record ${index + 1} (${object}) stands for ${count} records, so it cannot have the alias ${alias}.`;
      throw new SeedError(file, detail);
    }
    const record = {
      object,
      alias: alias ?? null,
      values: expandTexts(values),
      optional,
      number: index + 1,
    };
    return Array.from({ length: count }, () => record);
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (reason) {
    const detail = reason instanceof Error ? reason.message : String(reason);
    throw new SeedError(file, `It cannot be read as JSON: ${detail}`, { cause: reason });
  }
}

function expandTexts(
  values: Readonly<Record<string, FieldValue | z.infer<typeof longText>>>,
): Readonly<Record<string, FieldValue>> {
  const expanded: Record<string, FieldValue> = {};
  for (const [name, value] of Object.entries(values)) {
    expanded[name] =
      typeof value === "object" && value !== null
        ? value.repeat.repeat(Math.ceil(value.length / value.repeat.length)).slice(0, value.length)
        : value;
  }
  return expanded;
}
