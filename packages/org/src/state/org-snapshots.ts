import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { OrgState } from "./org-state.ts";

const suffix = ".db";

/** Copies of the whole org by name: records, events, schemas, positions. They lie in a folder and survive a restart. */
export type OrgSnapshots = {
  /** A copy of that name is replaced. Names are those of files. */
  take(name: string): void;
  /** False when there is no such copy. Open streams end, and their positions may mean nothing any more. */
  restore(name: string): boolean;
  drop(name: string): boolean;
  list(): readonly string[];
};

export function openSnapshots(folder: string, state: OrgState): OrgSnapshots {
  const fileOf = (name: string): string => join(folder, `${name}${suffix}`);
  return {
    take(name) {
      mkdirSync(folder, { recursive: true });
      // Written beside and renamed, so that a copy is whole or not there.
      const draft = `${fileOf(name)}.new`;
      rmSync(draft, { force: true });
      state.copyTo(draft);
      renameSync(draft, fileOf(name));
    },
    restore(name) {
      if (!existsSync(fileOf(name))) return false;
      state.restoreFrom(fileOf(name));
      return true;
    },
    drop(name) {
      if (!existsSync(fileOf(name))) return false;
      rmSync(fileOf(name));
      return true;
    },
    list: () =>
      existsSync(folder)
        ? readdirSync(folder)
            .filter((file) => file.endsWith(suffix))
            .map((file) => file.slice(0, -suffix.length))
            .toSorted()
        : [],
  };
}
