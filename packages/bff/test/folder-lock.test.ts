import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { lockFolder } from "../src/store/folder-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-lock-"));
after(() => rmSync(folder, { recursive: true }));

const module = fileURLToPath(new URL("../src/store/folder-lock.ts", import.meta.url));

/** Another process that takes the lock, says so, and keeps it until it dies. */
async function holder(locked: string) {
  const script = `
    import { lockFolder } from ${JSON.stringify(module)};
    globalThis.lock = lockFolder(${JSON.stringify(locked)});
    process.stdout.write("held");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

test("refuses a folder that another process holds, naming it, and gets it when that one is killed", async () => {
  const locked = join(folder, "one");
  const child = await holder(locked);
  assert.throws(() => lockFolder(locked), { code: "store_in_use", message: new RegExp(`pid ${child.pid}`) });
  child.kill("SIGKILL");
  await once(child, "exit");
  lockFolder(locked).release();
});

test("lets go when it is released", () => {
  const locked = join(folder, "two");
  lockFolder(locked).release();
  lockFolder(locked).release();
});

test("says what to do when the folder cannot be made", () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  assert.throws(() => lockFolder(join(file, "below")), {
    code: "data_dir_unwritable",
    message: /set SLUICE_DATA_DIR/,
  });
});
