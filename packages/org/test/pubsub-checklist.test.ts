import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readTestNames } from "../../../scripts/test-names.ts";
import { defaultKnobs } from "../src/pubsub-knobs.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(packageDir, "README.md"), "utf8");
const checklist = readme.slice(readme.indexOf("## The Pub/Sub API, box by box"));

/** The rows of the tables: their cells without the code marks. */
const rows = checklist
  .split("\n")
  .filter((line) => /^\| [^-]/.test(line) && !line.startsWith("| behaviour") && !line.startsWith("| point"))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test("every test that the checklist names exists", () => {
  const names = readTestNames(packageDir);
  const proofs = rows.filter((cells) => cells.length === 4).map((cells) => cells[2] ?? "");
  assert.ok(proofs.length > 80, `${proofs.length} boxes`);
  const missing = proofs.filter((proof) => {
    const named = /^`(.*)`$/.exec(proof)?.[1];
    if (named === undefined) return !/^not (?:here|emulated): /.test(proof);
    return !names.some((pattern) => pattern.test(named));
  });
  assert.deepEqual(missing, []);
});

/** These are no guesses: the boxes say what they do. */
const certain: ReadonlySet<string> = new Set([
  "maxBatchSize",
  "batchSeed",
  "zeroCreditCloseMs",
  "edition",
  "allocations",
]);

test("every knob stands in the table of what nobody verified, and the table names no other", () => {
  const cells = rows.filter((row) => row.length === 5).map((row) => row[3] ?? "");
  const named = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
  const knobs = Object.keys(defaultKnobs).filter((name) => !certain.has(name));
  const faults = ["stream_end_ok", "stream_goaway"];
  assert.deepEqual(named.filter((name) => !faults.includes(name)).toSorted(), knobs.toSorted());
});
