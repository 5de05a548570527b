import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";

const packageFolder = fileURLToPath(new URL("../../", import.meta.url));

/** Where `prepareDatabase` keeps an empty database: making one takes seconds, copying it a tenth of a second. */
export function preparedFolder(): string {
  const require = createRequire(import.meta.url);
  const manifest = join(dirname(require.resolve("@electric-sql/pglite")), "..", "package.json");
  const { version } = require(manifest) as { readonly version: string };
  return join(packageFolder, ".prepared", `pglite-${version}`);
}

/** Makes the empty database that first starts copy; does nothing when it is there. Run after an installation. */
export async function prepareDatabase(): Promise<"made" | "present"> {
  const folder = preparedFolder();
  if (existsSync(folder)) return "present";
  await initialise(folder);
  return "made";
}

/**
 * Makes sure that `folder` holds a database, whole: it appears under its name only when it is finished, so that a
 * process killed in the middle leaves nothing half-made behind.
 */
export async function ensureDatabaseFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const prepared = preparedFolder();
  if (!existsSync(prepared)) return initialise(folder);
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(prepared, unfinished, { recursive: true });
  renameSync(unfinished, folder);
}

async function initialise(folder: string): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const database = new PGlite(unfinished);
  await database.waitReady;
  await database.close();
  renameSync(unfinished, folder);
}
