import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { controlCalls } from "../src/control/control-routes.ts";
import { faultKinds } from "../src/faults/fault-kinds.ts";

const reference = readFileSync(new URL("../docs/control.md", import.meta.url), "utf8");

test("the reference tells of every call and of no other", () => {
  const told = [...reference.matchAll(/^\| `((?:GET|POST|DELETE) \S+)`/gm)].map(([, call]) => call);
  assert.deepEqual(
    told,
    controlCalls.map(([call]) => call),
  );
});

test("the reference tells of every kind of fault with its options, and of no other", () => {
  const rows = new Map(
    [...reference.matchAll(/^\| `([a-z]+_[a-z_]+)` .*$/gm)].map(([row, kind]) => [String(kind), row]),
  );
  assert.deepEqual([...rows.keys()].toSorted(), Object.keys(faultKinds).toSorted());
  for (const [kind, { options }] of Object.entries(faultKinds)) {
    for (const option of Object.keys(options.shape)) {
      assert.match(rows.get(kind) ?? "", new RegExp(`\`${option}\``), kind);
    }
  }
});
