import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import type { Schemas } from "./database.ts";
import { schemasOf } from "./database.ts";

const packageFolder = fileURLToPath(new URL("../../", import.meta.url));
const migrations = new URL("./migrations/", import.meta.url);

/** The schemas of a deployment that nobody named otherwise. */
export const usualSchemas = schemasOf("sluice");

/** Where `prepareDatabase` keeps an empty database: making one takes seconds, copying it a tenth of a second. */
export function emptyDatabaseFolder(): string {
  return join(packageFolder, ".prepared", `pglite-${versionOf("@electric-sql/pglite")}`);
}

/**
 * Where it keeps one with the usual schemas at today's migrations. Another set of migrations has another folder, so that
 * what is found here is never newer nor older than the program.
 */
export function migratedDatabaseFolder(): string {
  const digest = createHash("sha256").update(versionOf("bullmq"));
  for (const file of readdirSync(migrations).toSorted()) {
    digest.update(file).update(readFileSync(new URL(file, migrations)));
  }
  return `${emptyDatabaseFolder()}-${digest.digest("hex").slice(0, 12)}`;
}

function versionOf(packageName: string): string {
  const require = createRequire(import.meta.url);
  for (let folder = dirname(require.resolve(packageName)); ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    const manifest: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
    if (isManifestOf(packageName, manifest)) return manifest.version;
    if (folder === dirname(folder)) throw new Error(`${packageName} is installed without a package.json`);
  }
}

function isManifestOf(packageName: string, manifest: unknown): manifest is { readonly version: string } {
  return (
    typeof manifest === "object" &&
    manifest !== null &&
    "name" in manifest &&
    manifest.name === packageName &&
    "version" in manifest &&
    typeof manifest.version === "string"
  );
}

/**
 * Makes sure that `folder` holds a database, whole: it appears under its name only when it is finished, so that a
 * process killed in the middle leaves nothing half-made behind.
 */
export async function ensureDatabaseFolder(folder: string, schemas: Schemas): Promise<void> {
  if (existsSync(folder)) return;
  const isUsual = schemas.sluice === usualSchemas.sluice && schemas.queue === usualSchemas.queue;
  const prepared = [...(isUsual ? [migratedDatabaseFolder()] : []), emptyDatabaseFolder()].find((candidate) =>
    existsSync(candidate),
  );
  if (prepared === undefined) return initialise(folder);
  copyWhole(prepared, folder);
}

/** Copies a closed database; it appears under its name only when it is finished. */
function copyWhole(from: string, to: string): void {
  const unfinished = `${to}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(from, unfinished, { recursive: true });
  renameSync(unfinished, to);
}

/** Makes an empty database, which takes seconds. */
export async function initialise(folder: string): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const database = new PGlite(unfinished);
  await database.waitReady;
  await database.close();
  renameSync(unfinished, folder);
}
