import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamItem } from "../src/index.ts";
import { openEmulatedOrg, topic } from "./emulated-org.ts";

/** What the other client makes of a replay id, and what the page on migrating makes of that. */
const numberOf = (replayId: Uint8Array) => Number(Buffer.from(replayId).readBigUInt64BE());
function replayIdOf(stored: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(stored));
  return bytes;
}

async function firstAfterSecond(acceptsShortReplayIds: boolean): Promise<StreamItem> {
  await using stage = await openEmulatedOrg({ pubsub: { acceptsShortReplayIds } });
  const [, second] = stage.publish(["one", "two", "three"]);
  assert.ok(second);
  assert.equal(second.replayId.length, 10);
  const position = { kind: "after", replayId: replayIdOf(numberOf(second.replayId)) } as const;
  for await (const item of stage.open().subscribe(topic, { position })) return item;
  throw new Error("the subscription ended");
}

test("a number that another client stored goes on as eight bytes, where the service takes them", async () => {
  const item = await firstAfterSecond(true);
  assert.ok(item.kind === "batch");
  assert.deepEqual(
    item.events.map(({ id }) => id),
    ["three"],
  );
  assert.equal(item.position.length, 10);
});

test("where the service refuses eight bytes, the consumer is told", async () => {
  const item = await firstAfterSecond(false);
  assert.ok(item.kind === "discontinuity");
  assert.equal(item.restartedAt, "earliest");
});
