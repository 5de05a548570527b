import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const ourPackages = "@sluice";

/**
 * Installs `@sluice/pubsub` in `folder` as npm would, and puts the programs of this folder beside it as JavaScript: else
 * Node's removal of types, some 27 MiB and 0.2 s, would be measured along with the clients.
 *
 * @returns the folder of the programs.
 */
export async function makeInstalledCopy(folder: string): Promise<string> {
  const modules = join(folder, "node_modules");
  await mkdir(modules, { recursive: true });
  for (const name of await readdir(join(repository, "node_modules"))) {
    if (name !== ourPackages) await symlink(join(repository, "node_modules", name), join(modules, name));
  }
  const pack = join(repository, "scripts/pack-pubsub.ts");
  await promisify(execFile)(process.execPath, [pack, join(modules, ourPackages, "pubsub")]);
  const programs = join(folder, "bench");
  await stripFolder(join(repository, "bench/pubsub"), programs);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  return programs;
}

async function stripFolder(from: string, to: string): Promise<void> {
  for (const file of await readdir(from, { recursive: true })) {
    if (!file.endsWith(".ts")) continue;
    const target = join(to, file.replace(/\.ts$/, ".js"));
    const code = stripTypeScriptTypes(await readFile(join(from, file), "utf8"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, code.replaceAll(/((?:from|import\() ?"\.[^"]*)\.ts"/g, '$1.js"'));
  }
}
