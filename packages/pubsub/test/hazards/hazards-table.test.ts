import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const packageDir = fileURLToPath(new URL("../..", import.meta.url));

/** The names of all tests as patterns: what a table fills in may be anything. */
function readTestNames(): readonly RegExp[] {
  const files = globSync("test/**/*.test.ts", { cwd: packageDir });
  return files.flatMap((file) => {
    const text = readFileSync(join(packageDir, file), "utf8");
    const titles = text.matchAll(/\btest\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g);
    return [...titles].map(([, plain, template]) => toPattern(plain ?? template ?? ""));
  });
}

function toPattern(title: string): RegExp {
  const parts = title.split(/\$\{[^}]*\}/);
  const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join(".+")}$`);
}

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
  const names = readTestNames();
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
