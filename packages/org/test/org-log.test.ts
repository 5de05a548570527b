import assert from "node:assert/strict";
import { test } from "node:test";
import { OrgLog } from "../src/log/org-log.ts";

test("entries are numbered, stamped with the org's time, and read after a number", () => {
  const log = new OrgLog(() => Date.UTC(2026, 10, 24));
  log.add("record:saved", { object: "Order", id: "801" });
  log.add("event:published", { topic: "/event/A__e" });
  log.add("record:saved", { object: "Account", id: "001" });
  assert.deepEqual(log.read({ after: 1, kinds: ["record:saved"] }), [
    {
      seq: 3,
      at: "2026-11-24T00:00:00.000Z",
      kind: "record:saved",
      detail: { object: "Account", id: "001" },
    },
  ]);
  assert.deepEqual(
    log.read({ limit: 2 }).map(({ seq }) => seq),
    [2, 3],
  );
});

test("old entries are forgotten, and numbers go on", () => {
  const log = new OrgLog(() => 0);
  for (let index = 0; index < 50_000; index += 1) log.add("clock:changed", { index });
  const entries = log.read({});
  assert.equal(entries.length, 20_000);
  assert.equal(entries.at(-1)?.seq, 50_000);
  assert.equal(log.read({ after: 49_990 }).length, 10);
});

test("a listener hears of each new entry until it stops", () => {
  const log = new OrgLog(() => 0);
  const heard: number[] = [];
  const stop = log.onEntry(({ seq }) => heard.push(seq));
  log.add("clock:changed", {});
  stop();
  log.add("clock:changed", {});
  assert.deepEqual(heard, [1]);
});
