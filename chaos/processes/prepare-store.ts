import { spawn } from "node:child_process";
import type { Plant } from "../plant/plants.ts";
import { openStoreReader } from "../store/store-reader.ts";
import { watchCursor } from "../store/watch-cursor.ts";
import { sluiceScript } from "./open-site.ts";
import type { Site } from "./open-site.ts";

/** Makes Sluice's tables before any service starts, puts a plant's statements in, and lets the database watch the cursor. */
export async function prepareStore(site: Site, plant: Plant | null): Promise<void> {
  await runMigrate(site);
  await using store = await openStoreReader(site);
  for (const statement of plant?.statements ?? []) await store.script(statement);
  await watchCursor(store);
}

function runMigrate({ migrateVariables }: Site): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    const child = spawn(process.execPath, [sluiceScript, "migrate"], { env: { ...migrateVariables } });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text: Buffer) => lines.push(text.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`sluice migrate ended with code ${code}: ${lines.join("")}`));
    });
  });
}
