import { fileURLToPath } from "node:url";
import { OrgError } from "../org-core.ts";
import type { FieldValue, OrgRecord, OrgSchema } from "../org-core.ts";
import type { OrgDatabase } from "../records/org-database.ts";
import type { RecordStore } from "../records/record-store.ts";
import type { SavePipeline } from "../records/save-pipeline.ts";
import { readSeedFile, SeedError } from "./read-seed.ts";
import type { SeedRecord } from "./read-seed.ts";

export type SeedTarget = {
  readonly database: OrgDatabase;
  readonly store: RecordStore;
  readonly pipeline: SavePipeline;
  readonly schema: OrgSchema;
  /** Makes what the metadata says of permissions, owned by the user, before any record. */
  readonly deployPermissions: (userId: string) => void;
};

type SeedFile = { readonly file: string; readonly records: readonly SeedRecord[] };

/** The demo's org and its operator, for seeds that bring none of their own. */
const defaultsFile = fileURLToPath(new URL("../../seed/10-organization.json", import.meta.url));

/**
 * Fills an empty org; an org with records stays as it is. The first User of the files makes all the others, and itself.
 * Where no file has a User or an Organization, those of the demo are made. Records are made as they are written: no flow
 * and no rule judges them, and fields that the org sets itself may be given.
 *
 * @throws {SeedError} naming the file, the record and the field that the org refuses; then nothing is filled in.
 */
export function applySeed(files: readonly string[], target: SeedTarget): void {
  if (!target.store.isEmpty) return;
  const seeds = withDefaults(files.map((file) => ({ file, records: readSeedFile(file) })));
  const firstUser = seeds.flatMap(({ records }) => records).find(({ object }) => object === "User");
  const userId = firstUser?.values["Id"];
  if (typeof userId !== "string") {
    throw new SeedError(
      files[0] ?? "",
      "The first User of the seed files needs an Id, to own the other records.",
    );
  }
  target.database.transaction(() => {
    target.deployPermissions(userId);
    const sets = target.store.all("PermissionSet");
    const idsByAlias = new Map(sets.map((set) => [String(set["Name"]), String(set["Id"])]));
    for (const { file, records } of seeds) {
      for (const record of records) {
        if (record.optional && missingAlias(record, idsByAlias, target.schema) !== undefined) continue;
        const id = createOne(file, record, userId, idsByAlias, target);
        if (record.alias !== null) idsByAlias.set(record.alias, id);
      }
    }
  });
}

function withDefaults(seeds: readonly SeedFile[]): readonly SeedFile[] {
  const isThere = (name: string): boolean =>
    seeds.some(({ records }) => records.some(({ object }) => object === name));
  const missing = readSeedFile(defaultsFile).filter(({ object }) => !isThere(object));
  return [{ file: defaultsFile, records: missing }, ...seeds];
}

function createOne(
  file: string,
  record: SeedRecord,
  userId: string,
  idsByAlias: ReadonlyMap<string, string>,
  { pipeline, schema }: SeedTarget,
): string {
  const { object, alias, number } = record;
  const refuse = (detail: string, cause?: unknown): SeedError =>
    new SeedError(file, `Record ${number} (${object}) is refused: ${detail}`, { cause });
  if (alias !== null && idsByAlias.has(alias)) throw refuse(`the alias ${alias} is taken by another record.`);
  const missing = missingAlias(record, idsByAlias, schema);
  if (missing !== undefined) {
    const { field, value } = missing;
    throw refuse(`the field ${field} says ${value}, and no record before this one has that alias.`);
  }
  const values: Record<string, FieldValue> = {};
  for (const [name, value] of Object.entries(record.values)) {
    const alias = aliasOf(schema, object, name, value);
    values[name] = alias === undefined ? value : (idsByAlias.get(alias) ?? null);
  }
  try {
    return pipeline.create({ userId }, object, values satisfies OrgRecord, "org");
  } catch (reason) {
    if (!(reason instanceof OrgError)) throw reason;
    const where = reason.fields.length === 0 ? "" : ` (field ${reason.fields.join(", ")})`;
    throw refuse(`${reason.code}: ${reason.message}${where}`, reason);
  }
}

/** The first lookup of the record that names an alias which nobody has. */
function missingAlias(
  { object, values }: SeedRecord,
  idsByAlias: ReadonlyMap<string, string>,
  schema: OrgSchema,
): { readonly field: string; readonly value: string } | undefined {
  for (const [field, value] of Object.entries(values)) {
    const alias = aliasOf(schema, object, field, value);
    if (alias !== undefined && !idsByAlias.has(alias)) return { field, value: `@${alias}` };
  }
  return undefined;
}

function aliasOf(schema: OrgSchema, object: string, field: string, value: FieldValue): string | undefined {
  const isLookup = schema.objects.get(object)?.fields.get(field)?.type === "reference";
  return isLookup && typeof value === "string" && value.startsWith("@") ? value.slice(1) : undefined;
}
