import { OrgError } from "../org-core.ts";
import type { OrgDatabase } from "../records/org-database.ts";
import type { RecordStore } from "../records/record-store.ts";
import type { SavePipeline } from "../records/save-pipeline.ts";
import { readSeedFile, SeedError } from "./read-seed.ts";

export type SeedTarget = {
  readonly database: OrgDatabase;
  readonly store: RecordStore;
  readonly pipeline: SavePipeline;
};

/**
 * Fills an empty org; an org with records stays as it is. The first User of the files makes all the others, and itself.
 *
 * @throws {SeedError} naming the file and the record that the org refuses; then nothing is filled in.
 */
export function applySeed(files: readonly string[], { database, store, pipeline }: SeedTarget): void {
  if (!store.isEmpty) return;
  const seeds = files.map((file) => ({ file, records: readSeedFile(file) }));
  const firstUser = seeds.flatMap(({ records }) => records).find(({ object }) => object === "User");
  const userId = firstUser?.values["Id"];
  if (typeof userId !== "string") {
    if (files.length === 0) return;
    throw new SeedError(
      files[0] ?? "",
      "The first User of the seed files needs an Id, to own the other records.",
    );
  }
  database.transaction(() => {
    for (const { file, records } of seeds) {
      for (const [index, { object, values }] of records.entries()) {
        try {
          pipeline.create({ userId }, object, values, "org");
        } catch (reason) {
          if (!(reason instanceof OrgError)) throw reason;
          const detail = `Record ${index + 1} (${object}) is refused: ${reason.code}: ${reason.message}`;
          throw new SeedError(file, detail, { cause: reason });
        }
      }
    }
  });
}
