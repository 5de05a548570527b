import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { faultKinds } from "../src/faults/fault-kinds.ts";
import { fakeCore, operatorId } from "./server-fake-core.ts";
import { visit } from "./server-pages-visitor.ts";
import type { Visitor } from "./server-pages-visitor.ts";

function visitFaults(context: TestContext): Promise<Visitor> {
  return visit(context, () =>
    fakeCore({ User: [{ Id: operatorId, Username: "operator@sluice.test", IsActive: true, Name: "Olga" }] }),
  );
}

test("every kind of fault is described and can be armed", async (context) => {
  const { org, read, post } = await visitFaults(context);
  const page = await read("/faults");
  for (const kind of Object.keys(faultKinds)) {
    assert.ok(page.includes(`id="kind-${kind}"`), kind);
    assert.equal((await post("/faults/arm", { kind })).status, 303, kind);
  }
  assert.deepEqual(
    org.faults.list().map(({ kind, schedule, match }) => [kind, schedule, match]),
    Object.keys(faultKinds).map((kind) => [kind, { kind: "times", times: 1 }, {}]),
  );
});

for (const [text, form, wanted] of [
  [
    "so many times, with an option",
    {
      kind: "slow_answer",
      how: "times",
      times: "3",
      "option.delayMs": "250",
      "match.method": "PATCH",
      "match.path": "",
    },
    {
      kind: "slow_answer",
      schedule: { kind: "times", times: 3 },
      match: { method: "PATCH" },
      options: { delayMs: 250 },
    },
  ],
  [
    "at random",
    { kind: "api_quota", how: "rate", percent: "12.5", seed: "7", "option.limit": "concurrent" },
    {
      kind: "api_quota",
      schedule: { kind: "rate", rate: 0.125, seed: 7 },
      match: {},
      options: { limit: "concurrent" },
    },
  ],
  [
    "for a while",
    {
      kind: "event_lost",
      how: "window",
      seconds: "1.5",
      "match.topic": "/event/Ping__e",
      "match.object": "Order",
    },
    {
      kind: "event_lost",
      schedule: { kind: "window", forMs: 1_500 },
      match: { topic: "/event/Ping__e" },
      options: {},
    },
  ],
] as const) {
  test(`a fault is armed ${text}, shown on every page, and disarmed`, async (context) => {
    const { org, read, post } = await visitFaults(context);
    assert.doesNotMatch(await read("/"), /fault is armed/);
    assert.equal((await post("/faults/arm", form)).headers.get("location"), "/faults");
    const [armed] = org.faults.list();
    assert.ok(armed);
    const { kind, schedule, match, options } = armed;
    assert.deepEqual({ kind, schedule, match, options }, wanted);
    for (const path of ["/", "/events", "/faults", "/setup"]) {
      assert.match(await read(path), /One fault is armed\./, path);
    }
    assert.match(await read("/faults"), /0 hits/);
    await post("/faults/disarm", { id: String(armed.id) });
    assert.deepEqual(org.faults.list(), []);
    assert.match(await read("/faults"), /Nothing is armed/);
  });
}

for (const [form, message] of [
  [{ kind: "slow_answer", how: "times", times: "0" }, "How many times? A whole number from 1 on."],
  [{ kind: "slow_answer", how: "rate", percent: "200" }, "How likely? A percentage above 0 and up to 100."],
  [{ kind: "slow_answer", how: "window", seconds: "" }, "For how long?"],
  [{ kind: "slow_answer", "option.delayMs": "soon" }, "expected number"],
] as const) {
  test(`a fault with ${JSON.stringify(form)} is refused with what to write`, async (context) => {
    const { org, post } = await visitFaults(context);
    const refused = await post("/faults/arm", { ...form, "match.path": "/x<y*" });
    assert.equal(refused.status, 400);
    const text = await refused.text();
    assert.ok(text.includes(message));
    assert.match(text, /id="more-slow_answer"\s+open/);
    assert.ok(text.includes('value="/x&lt;y*"'));
    assert.deepEqual(org.faults.list(), []);
  });
}

test("what fired is listed, and all are disarmed at once", async (context) => {
  const { org, read, post } = await visitFaults(context);
  await post("/faults/arm", { kind: "row_locked", how: "times", times: "5" });
  await post("/faults/arm", { kind: "record_locked" });
  org.faults.take("row_locked", { object: "<Order>" });
  const page = await read("/faults");
  assert.match(page, /1 hit</);
  assert.match(page, /fired<\/strong>\s*row_locked, object &lt;Order&gt;/);
  assert.match(page, /2 faults are armed\./);
  await post("/faults/disarm-all");
  assert.deepEqual(org.faults.list(), []);
});

test("an open page hears of faults and of the clock", async (context) => {
  const { get, post } = await visitFaults(context);
  const live = await get("/live");
  const reader = (live.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let heard = (await reader.read()).value ?? "";
  await post("/faults/arm", { kind: "row_locked" });
  await post("/clock/rate", { rate: "0" });
  while (!/event: fault\n[\s\S]*event: clock\n/.test(heard)) heard += (await reader.read()).value ?? "";
  await reader.cancel();
});

test("the clock is stopped, moved on, set and sped up by its buttons", async (context) => {
  const { org, read, post } = await visitFaults(context);
  assert.match(await read("/faults"), /real time<\/span/);
  assert.doesNotMatch(await read("/"), /does not behave as usual/);
  await post("/clock/rate", { rate: "0" });
  const start = org.clock.now();
  assert.match(await read("/"), /Its clock stands still\./);
  for (const forMs of [60_000, 3_600_000, 86_400_000, 259_200_000]) {
    assert.ok((await read("/faults")).includes(`name="forMs" value="${forMs}"`), String(forMs));
    await post("/clock/advance", { forMs: String(forMs) });
  }
  assert.equal(org.clock.now(), start + 349_260_000);
  await post("/clock/set", { at: "2199-01-31T12:00:00" });
  assert.equal(org.clock.now(), Date.UTC(2199, 0, 31, 12));
  await post("/clock/rate", { rate: "60" });
  assert.equal(org.clock.state.rate, 60);
  assert.match(await read("/"), /Its clock runs at ×60\./);
  await post("/clock/restart");
  assert.match(await read("/faults"), /real time<\/span/);
  const back = await post("/clock/set", { at: "2001-01-31T12:00" });
  assert.equal(back.status, 400);
  assert.match(await back.text(), /Not done: the org&#39;s time cannot go back\./);
  assert.equal((await post("/clock/advance", { forMs: "soon" })).status, 400);
  assert.ok(org.log.read({ kinds: ["clock:changed"] }).length >= 7);
});

test("a fault for now hits the open streams, and is not armed", async (context) => {
  const { org, read, post } = await visitFaults(context);
  const struck = await post("/faults/arm", { kind: "stream_end_ok", "match.at": "now" });
  assert.equal(struck.headers.get("location"), "/faults?struck=0");
  assert.match(await read("/faults?struck=0"), /No open stream fitted/);
  assert.deepEqual(org.faults.list(), []);
});
