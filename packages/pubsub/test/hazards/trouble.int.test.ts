import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { RunningOrg } from "@sluice/org";
import { openEmulatedOrg, topic } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { copyMetadata, publishTo } from "./metadata-copy.ts";
import type { MetadataCopy } from "./metadata-copy.ts";
import { Reading, idsOf } from "./reading.ts";

const hourMs = 3_600_000;
type Strike = Parameters<RunningOrg["strike"]>[0];

/** Who may not subscribe; the org looks at it at each call. */
const denied: { topic: string; right: "subscribe" }[] = [];
let emulated: EmulatedOrg;
let metadata: MetadataCopy;
before(async () => {
  metadata = await copyMetadata();
  emulated = await openEmulatedOrg({ metadataDirs: [metadata.dir], pubsub: { denied } });
});
after(async () => {
  await emulated[Symbol.asyncDispose]();
  await metadata[Symbol.asyncDispose]();
});
afterEach(() => {
  emulated.org.faults.disarmAll();
});

/** Lets every stream fail from now on, those that are open too. */
function failFor(forMs: number, fault: Extract<Strike, { readonly kind: "stream_failed" }>): void {
  const schedule = { kind: "window", forMs } as const;
  emulated.org.faults.arm({ ...fault, schedule, match: { at: "open" } });
  emulated.org.strike(fault, {});
}

function alarmsOf(reading: Reading): readonly string[] {
  return reading.listener.all("subscription:alarm:raised").map(({ error }) => error.code);
}

test("a topic that is not deployed yet is an alarm and asked for every few minutes, until it is there", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated, { topic: "/event/Later__e", position: { kind: "earliest" } });
  const retries = await reading.sitOutRetries(2 * hourMs);
  assert.ok(retries.length < 22, `${retries.length} attempts in two hours`);
  assert.equal(retries.at(-1)?.delayMs, 450_000);
  assert.deepEqual(alarmsOf(reading), ["topic_not_found"]);
  assert.match(
    String(reading.listener.all("subscription:alarm:raised")[0]?.error.message),
    /^\[topic_not_found\] \/event\/Later__e: .*Check the topic's spelling \(it is case-sensitive\) and that the event is deployed to this org\./,
  );
  await metadata.putEvent("Later__e");
  org.core.reload();
  publishTo(org, "/event/Later__e", "later-1", { Message__c: "at last" });
  await reading.sitOutRetries(1);
  await reading.untilEvents(1);
  assert.deepEqual(reading.ids, ["later-1"]);
  assert.equal(reading.listener.all("subscription:alarm:cleared").length, 1);
  assert.deepEqual(reading.discontinuities, []);
  await reading.stop();
});

test("a right that is taken away is an alarm, and given back it needs no restart", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated);
  emulated.publish(["right-1"]);
  await reading.untilEvents(1);
  denied.push({ topic, right: "subscribe" });
  org.strike({ kind: "stream_end_ok" }, {});
  const retries = await reading.sitOutRetries(hourMs);
  assert.ok(retries.length < 14, `${retries.length} attempts in an hour`);
  assert.deepEqual(alarmsOf(reading), ["permission_denied"]);
  denied.length = 0;
  emulated.publish(["right-2"]);
  await reading.sitOutRetries(1);
  await reading.untilEvents(2);
  assert.deepEqual(reading.ids, idsOf("right", 1, 2));
  await reading.stop();
});

test("a used-up delivery allocation is an alarm and minutes of waiting; the position is kept", async () => {
  await using small = await openEmulatedOrg({ pubsub: { allocations: { deliverPerDay: 50 } } });
  const reading = new Reading(small);
  small.publish(idsOf("limit", 1, 80));
  await reading.untilEvents(50);
  const retries = await reading.sitOutRetries(23 * hourMs);
  assert.deepEqual(reading.ids, idsOf("limit", 1, 50));
  const delays = retries.map(({ delayMs }) => delayMs);
  assert.ok(Math.min(...delays) >= 150_000, "five minutes, give or take half");
  assert.ok(delays.length < 80, `${delays.length} attempts in 23 hours`);
  assert.deepEqual(alarmsOf(reading), ["delivery_limit_reached"]);
  await small.advance(3 * hourMs, 60_000);
  await reading.untilEvents(80, 1_000);
  assert.deepEqual(reading.ids, idsOf("limit", 1, 80));
  assert.deepEqual(reading.discontinuities, []);
  await reading.stop();
});

test("a subscription that is down for two days says, before the third is over, that events may expire", async () => {
  const reading = new Reading(emulated);
  emulated.publish(["ageing-1"]);
  await reading.untilEvents(1);
  failFor(80 * hourMs, { kind: "stream_failed", options: { code: "subscription.limit.exceeded" } });
  emulated.publish(["ageing-2"]);
  await reading.sitOutRetries(47 * hourMs);
  assert.deepEqual(reading.listener.all("subscription:position:ageing"), []);
  await reading.sitOutRetries(13 * hourMs);
  const ageing = reading.listener.all("subscription:position:ageing");
  assert.equal(ageing.length, 1, "told once");
  assert.equal(ageing[0]?.retentionMs, 72 * hourMs);
  assert.ok(ageing[0].ageMs >= 48 * hourMs && ageing[0].ageMs < 49 * hourMs);
  emulated.org.faults.disarmAll();
  reading.client.retryNow();
  await reading.untilEvents(2);
  assert.deepEqual(reading.ids, idsOf("ageing", 1, 2));
  assert.deepEqual(reading.discontinuities, []);
  await reading.stop();
});

test("a code that no table knows is tried again, and a person is called by its name", async () => {
  const reading = new Reading(emulated);
  emulated.publish(["unknown-1"]);
  await reading.untilEvents(1);
  // A code of another call of the service, which no subscription knows.
  const code = "managed.subscription.config.stopped";
  emulated.org.strike({ kind: "stream_failed", options: { code } }, {});
  await reading.untilTold("subscription:alarm:raised");
  const [alarm] = reading.listener.all("subscription:alarm:raised");
  assert.equal(alarm?.error.code, "unknown_service_code");
  assert.equal(alarm.error.serviceCode, code);
  assert.ok(alarm.error.message.includes(`sfdc.platform.eventbus.grpc.${code}`));
  emulated.publish(["unknown-2"]);
  await reading.untilEvents(2, 100);
  assert.deepEqual(reading.ids, idsOf("unknown", 1, 2));
  await reading.stop();
});

test("an outage of hours is ridden out with capped backoff and one alarm, and no event of it is missed", async () => {
  const reading = new Reading(emulated);
  emulated.publish(["outage-1"]);
  await reading.untilEvents(1);
  failFor(2 * hourMs, { kind: "stream_failed", options: { code: "service.unavailable" } });
  emulated.publish(idsOf("outage", 2, 120));
  const retries = await reading.sitOutRetries(hourMs);
  assert.equal(Math.max(...retries.map(({ delayMs }) => delayMs)), 30_000, "a minute, half of it by chance");
  assert.deepEqual(alarmsOf(reading), ["service_unavailable"]);
  await emulated.advance(hourMs, hourMs);
  await reading.untilEvents(121, 1_000);
  assert.deepEqual(reading.ids, idsOf("outage", 1, 121));
  assert.equal(reading.listener.all("subscription:alarm:cleared").length, 1);
  const [recovered] = reading.listener.all("subscription:stream:recovered");
  assert.ok(recovered !== undefined && recovered.downMs >= hourMs && recovered.attempts > 100);
  await reading.stop();
});

test("every failure that is told has words: none has an empty cause", async () => {
  const reading = new Reading(emulated);
  emulated.publish(["words-1"]);
  await reading.untilEvents(1);
  const faults = ["stream_rst", "tcp_cut", "stream_unavailable"] as const;
  for (const [index, kind] of faults.entries()) {
    emulated.org.strike({ kind }, {});
    emulated.publish([`words-${index + 2}`]);
    await reading.untilEvents(index + 2, 50);
  }
  const ended = reading.listener.all("subscription:stream:ended");
  assert.equal(ended.length, 3);
  for (const { error } of ended) {
    assert.match(
      String(error?.message),
      /^\[service_unavailable\] \/event\/Reading__e: Subscribe failed with [A-Z]+: .{10,}/,
    );
    assert.ok(error?.cause !== undefined);
  }
  await reading.stop();
});
