import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PubSubError } from "../src/pubsub-error.ts";
import type { PubSubErrorCode } from "../src/pubsub-error.ts";
import { codeOfServiceCode } from "../src/wire/service-codes.ts";
import { tableAfter } from "./markdown-table.ts";

const catalogue = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
const source = readFileSync(new URL("../src/pubsub-error.ts", import.meta.url), "utf8");

/** The codes are a type only, so they are read from where it stands. */
const codes = [
  ...(/export type PubSubErrorCode =([\s\S]*?)\n\n/.exec(source)?.[1] ?? "").matchAll(/\| "(\w+)"/g),
].map(([, code = ""]) => code);

function reactionOf(code: string): string {
  return new PubSubError(code as PubSubErrorCode, "subject", "detail").reaction;
}

test("the catalogue has a row for every code, and its reaction", () => {
  assert.ok(codes.length > 20);
  const rows = tableAfter(catalogue, "## Codes");
  assert.deepEqual(
    rows.map(([code, reaction]) => [code, reaction]),
    codes.map((code) => [code, reactionOf(code)]),
  );
  assert.ok(rows.every((row) => row.length === 5 && row.every((cell) => cell !== "")));
});

test("the catalogue has a row for every reaction", () => {
  const described = tableAfter(catalogue, "## Reactions").map(([reaction]) => reaction);
  assert.deepEqual(new Set(described), new Set(codes.map(reactionOf)));
});

test("the catalogue has a row for every service code, with the code and the reaction", () => {
  assert.deepEqual(
    tableAfter(catalogue, "## What the service says"),
    Object.entries(codeOfServiceCode).map(([serviceCode, code]) => [serviceCode, code, reactionOf(code)]),
  );
});
