import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readTestNames } from "../../../../scripts/test-names.ts";

const packageDir = fileURLToPath(new URL("../..", import.meta.url));

/** The rows of the tables in the README's last section, as their cells. */
const [, section = ""] = readFileSync(join(packageDir, "README.md"), "utf8").split(
  "\n## Hazards, one by one\n",
);
const rows = section
  .split("\n")
  .filter((line) => /^\| [^-]/.test(line) && !/^\| (?:no\.|behaviour) /.test(line))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("every test that the hazards name exists, and each hazard names one or says whose it is", () => {
  const names = readTestNames(packageDir);
  assert.ok(rows.length > 90, `${rows.length} rows`);
  const missing = rows.flatMap((cells) => {
    const proof = cells.at(-1) ?? "";
    if (/^not a client's: ./.test(proof)) return [];
    return proof.split("<br>").filter((each) => {
      const named = /^`(.*)`$/.exec(each)?.[1];
      return named === undefined || !names.some((pattern) => pattern.test(named));
    });
  });
  assert.deepEqual(missing, []);
});

test("no hazard is left out", () => {
  const numbered = rows.map(([first = ""]) => first).filter((first) => /^\d+\.\d+$/.test(first));
  const count = (chapter: number, last: number): string[] =>
    Array.from({ length: last }, (_each, index) => `${chapter}.${index + 1}`);
  assert.deepEqual(numbered, [...count(4, 16), ...count(6, 37)]);
});
