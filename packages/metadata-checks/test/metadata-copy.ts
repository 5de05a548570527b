import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export const salesforceDir = fileURLToPath(new URL("../../../salesforce", import.meta.url));

/** A copy of the project's metadata to break. Files are named from `salesforce/`. */
export type MetadataCopy = {
  readonly dir: string;
  /** Replaces the first occurrence in a file, which must have it. */
  edit(file: string, from: string, to: string): void;
  add(file: string, text: string): void;
  move(from: string, to: string): void;
  remove(file: string): void;
};

export function copyMetadata(t: TestContext): MetadataCopy {
  const dir = mkdtempSync(join(tmpdir(), "sluice-metadata-checks-"));
  t.after(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  cpSync(salesforceDir, dir, { recursive: true });
  return {
    dir,
    edit(file, from, to) {
      const path = join(dir, file);
      const text = readFileSync(path, "utf8");
      if (!text.includes(from)) throw new Error(`${file} does not hold "${from}"`);
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
    },
    add(file, text) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), text);
    },
    move(from, to) {
      mkdirSync(dirname(join(dir, to)), { recursive: true });
      renameSync(join(dir, from), join(dir, to));
    },
    remove(file) {
      if (!existsSync(join(dir, file))) throw new Error(`${file} is not there`);
      rmSync(join(dir, file));
    },
  };
}
