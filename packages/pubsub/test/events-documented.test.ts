import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tableAfter } from "./markdown-table.ts";

const source = readFileSync(new URL("../src/client-event.ts", import.meta.url), "utf8");
const union = /export type ClientEvent =([\s\S]*?)\n\n/.exec(source)?.[1] ?? "";

/** Events are a type only, so their names and fields are read from where it stands. */
const events = union
  .split(/\n {2}\| /)
  .map((member) => ({ member, name: /"(\w+:\w+:\w+)"/.exec(member)?.[1] }))
  .flatMap(({ member, name }) => {
    if (name === undefined) return [];
    const own = [...member.matchAll(/readonly (\w+):/g)].map(([, field = ""]) => field);
    const fields = member.startsWith("OnTopic") ? ["topic", ...own] : own.filter((field) => field !== "name");
    return [{ name, fields }];
  });

test("each event of the client has a row, with its fields", () => {
  assert.equal(events.length, [...union.matchAll(/"\w+:\w+:\w+"/g)].length);
  assert.ok(events.length > 20);
  const rows = tableAfter(
    readFileSync(new URL("../docs/events.md", import.meta.url), "utf8"),
    "Count the others",
  );
  assert.deepEqual(
    rows.map(([name, fields = ""]) => ({ name, fields: fields.replaceAll("`", "").split(", ") })),
    events,
  );
});
