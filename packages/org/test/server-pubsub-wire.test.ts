import assert from "node:assert/strict";
import { test } from "node:test";
import { loadWireService } from "../src/pubsub-server/wire-service.ts";
import type { FetchRequest, FetchResponse } from "../src/pubsub-server/wire-types.ts";

const service = loadWireService();
const subscribe = service["Subscribe"];
assert.ok(subscribe !== undefined);

const latest = Buffer.from("000000000000938b0000", "hex");
const keepalive = { events: [], latestReplayId: latest, rpcId: "r" };
const topicName = "/event/A__e";

type Row = readonly [name: string, message: Partial<FetchRequest> | Partial<FetchResponse>, hex: string];
const rows: readonly Row[] = [
  ["a first request", { topicName, numRequested: 100 }, "0a0b2f6576656e742f415f5f652064"],
  [
    "a request to resume",
    { topicName, replayPreset: "CUSTOM", replayId: latest, numRequested: 1 },
    "0a0b2f6576656e742f415f5f6510021a0a000000000000938b00002001",
  ],
  ["a keepalive", { ...keepalive, pendingNumRequested: 100 }, "120a000000000000938b00001a01722064"],
  [
    "a response that uses up the credit, which is absent then",
    { ...keepalive, pendingNumRequested: 0 },
    "120a000000000000938b00001a0172",
  ],
];

for (const [name, message, hex] of rows) {
  test(`${name} is on the wire what it is on the service's`, () => {
    // The server reads requests and writes responses; what is absent is read as its default.
    const isResponse = "rpcId" in message;
    const bytes = isResponse ? subscribe.responseSerialize(message) : subscribe.requestSerialize(message);
    assert.equal(bytes.toString("hex"), hex);
    const read = isResponse ? subscribe.responseDeserialize(bytes) : subscribe.requestDeserialize(bytes);
    assert.deepEqual({ ...message, ...read }, read);
  });
}

test("the paths are those of the service", () => {
  assert.deepEqual(
    Object.values(service).map(({ path }) => path),
    ["Subscribe", "GetSchema", "GetTopic", "Publish", "PublishStream", "ManagedSubscribe"].map(
      (name) => `/eventbus.v1.PubSub/${name}`,
    ),
  );
});
