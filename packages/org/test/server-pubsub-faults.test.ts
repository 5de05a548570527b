import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { status } from "@grpc/grpc-js";
import type { StatusObject } from "@grpc/grpc-js";
import type { FaultKind } from "../src/faults/fault-kinds.ts";
import { readFaultOptions } from "../src/faults/fault-registry.ts";
import type { FaultMatch } from "../src/faults/fault-registry.ts";
import type { LogEntry } from "../src/log/org-log.ts";
import { failureCodes, isRpcFailureCode } from "../src/pubsub-server/failure-codes.ts";
import type { StreamFaultKind } from "../src/pubsub-server/stream-faults.ts";
import type { PubSubKnobs } from "../src/pubsub-knobs.ts";
import type { RunningOrg } from "../src/serve-org.ts";
import { fakeCore, fakeSchemaId, fakeTopic, operatorId, pingPayload } from "./server-fake-core.ts";
import { fetchToken, serve } from "./server-harness.ts";
import { ask, callHeaders, openRawClient, openStream } from "./server-pubsub-client.ts";

const users = [{ Id: operatorId, Username: "operator@sluice.test", IsActive: true }];

async function connect(context: TestContext, pubsub: Partial<PubSubKnobs> = {}) {
  const core = fakeCore({ User: users });
  const org = await serve(context, core, { pubsub });
  const open = (options = {}) => {
    const client = openRawClient(org.pubsubEndpoint, org.caFile, options);
    context.after(() => {
      client.close();
    });
    return client;
  };
  const headers = callHeaders(await fetchToken(org.url));
  return { core, org, open, client: open(), headers };
}

function arm<Kind extends FaultKind>(
  org: RunningOrg,
  kind: Kind,
  match: FaultMatch = {},
  options: unknown = {},
): void {
  const order = { kind, match, schedule: { kind: "times", times: 1 } } as const;
  org.faults.arm({ ...order, options: readFaultOptions(kind, options) });
}

function lastOf(org: RunningOrg, kind: LogEntry["kind"]): LogEntry["detail"] {
  const entry = org.log.read({ kinds: [kind] }).at(-1);
  assert.ok(entry, `the log has no ${kind}`);
  return entry.detail;
}

/** Resolves with the next entry of a kind. */
function nextEntry(org: RunningOrg, kind: LogEntry["kind"]): Promise<LogEntry> {
  return new Promise((resolve) => {
    const stop = org.log.onEntry((entry) => {
      if (entry.kind !== kind) return;
      stop();
      resolve(entry);
    });
  });
}

type Ending = readonly [kind: StreamFaultKind, code: number, details: RegExp, cause: string];
const endings: readonly Ending[] = [
  ["stream_end_ok", status.OK, /^OK$/, "fault: stream_end_ok"],
  ["stream_rst", status.INTERNAL, /Received RST_STREAM with code 0/, "fault: stream_rst"],
  ["tcp_cut", status.UNAVAILABLE, /ECONNRESET|Connection dropped/, "fault: tcp_cut"],
  ["stream_unavailable", status.UNAVAILABLE, /^upstream connect error/, "fault: stream_unavailable"],
  ["stream_failed", status.INTERNAL, /rpcId: [0-9a-f-]{36}$/, "failed: service.unavailable"],
];

const hasTrailers = (ended: StatusObject): boolean => ended.metadata.get("error-code").length > 0;

for (const [kind, code, details, cause] of endings) {
  for (const at of ["open", "response", "now"] as const) {
    test(`${kind} at ${at} ends the stream with status ${status[code] ?? ""}`, async (context) => {
      const { core, org, client, headers } = await connect(context);
      const stream = openStream(client, headers);
      if (at === "open") arm(org, kind, { at, topic: fakeTopic, rpc: "Subscribe", user: operatorId });
      stream.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
      if (at !== "open") {
        core.ping("first");
        assert.equal((await stream.next()).events.length, 1);
      }
      if (at === "response") {
        arm(org, kind, { at, topic: fakeTopic });
        core.ping("lost with the stream");
      }
      if (at === "now") {
        assert.equal(org.strike({ kind: "stream_end_ok" }, { topic: "/event/Other__e" }), 0);
        const options = readFaultOptions("stream_failed", {});
        const fault = kind === "stream_failed" ? { kind, options } : { kind };
        assert.equal(org.strike(fault, { topic: "/event/P*", rpc: "Subscribe" }), 1);
      }
      const ended = await stream.ended;
      assert.equal(ended.code, code, ended.details);
      assert.match(ended.details, details);
      assert.equal(hasTrailers(ended), kind === "stream_failed");
      assert.equal(lastOf(org, "stream:ended")["cause"], cause);
      assert.deepEqual(org.streams.list(), []);
      if (at !== "response") return;
      // What the fault kept back was not delivered: it comes with the next stream.
      assert.equal(lastOf(org, "stream:ended")["delivered"], 1);
      assert.equal(org.log.read({ kinds: ["event:delivered"] }).length, 1);
      assert.equal(core.allocations.deliveries.total(), 1);
      const second = openStream(client, headers);
      second.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
      assert.equal((await second.next()).events.length, 2);
      second.cancel();
      await second.ended;
    });
  }
}

test("after GOAWAY a stream goes on, and new calls come over another connection", async (context) => {
  const { core, org, client, headers } = await connect(context);
  const stream = openStream(client, headers);
  stream.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  core.ping("before");
  await stream.next();
  assert.equal(org.strike({ kind: "stream_goaway" }, {}), 1);
  core.ping("after");
  assert.equal((await stream.next()).events.length, 1);
  const second = openStream(client, headers);
  second.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  await second.next();
  const peers = org.streams.list().map(({ peer }) => peer);
  assert.equal(new Set(peers).size, 2, peers.join());
  for (const open of [stream, second]) {
    open.cancel();
    await open.ended;
  }
});

test("half open, nothing passes, pings neither, until one end gives up", async (context) => {
  const { core, org, open, headers } = await connect(context, { deadPeerMs: 120_000 });
  const stream = openStream(open(), headers);
  stream.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  core.ping("before");
  await stream.next();
  org.strike({ kind: "half_open" }, {});
  let hasEnded = false;
  const clientEnd = stream.ended.then((ended) => {
    hasEnded = true;
    return ended;
  });
  core.ping("into the void");
  stream.request({ numRequested: 5 });
  assert.equal(org.streams.list().length, 1, "the server does not know");
  assert.equal(org.streams.list()[0]?.credit, 8, "what the client sends does not arrive");
  // Another connection works, so the server is well.
  const other = openStream(open({ "grpc.use_local_subchannel_pool": 1 }), headers);
  other.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  assert.equal((await other.next()).events.length, 2);
  const ended = nextEntry(org, "stream:ended");
  org.clock.advance(120_000);
  assert.equal((await ended).detail["cause"], "connection lost");
  assert.equal(hasEnded, false, "the client is still waiting");
  stream.cancel();
  other.cancel();
  await Promise.all([clientEnd, other.ended]);
});

test("a client that pings finds a half-open connection dead", async (context) => {
  const { core, org, open, headers } = await connect(context);
  const pinging = {
    "grpc.keepalive_time_ms": 50,
    "grpc.keepalive_timeout_ms": 50,
    "grpc.use_local_subchannel_pool": 1,
  };
  const stream = openStream(open(pinging), headers);
  stream.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  core.ping("before");
  await stream.next();
  org.strike({ kind: "half_open" }, {});
  assert.equal((await stream.ended).code, status.UNAVAILABLE);
});

test("pings that follow too closely are answered with GOAWAY when the knob says so", async (context) => {
  const { core, org, open, headers } = await connect(context, { minPingIntervalMs: 10_000 });
  const pinging = { "grpc.keepalive_time_ms": 20, "grpc.use_local_subchannel_pool": 1 };
  const stream = openStream(open(pinging), headers);
  stream.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  const ended = nextEntry(org, "stream:ended");
  core.ping("before");
  assert.equal((await stream.ended).code, status.RESOURCE_EXHAUSTED);
  await ended;
});

test("a stream is refused or cut with every code of the service, and its status by the table", async (context) => {
  const { org, client, headers } = await connect(context, { statuses: { "service.tenant.license": 2 } });
  for (const [code, { status: expected }] of Object.entries(failureCodes)) {
    assert.ok(isRpcFailureCode(code));
    arm(org, "stream_failed", { rpc: "Subscribe" }, { code: `sfdc.platform.eventbus.grpc.${code}` });
    const stream = openStream(client, headers);
    stream.request({ topicName: fakeTopic, numRequested: 1 });
    const ended = await stream.ended;
    assert.equal(ended.code, code === "service.tenant.license" ? status.UNKNOWN : expected, code);
    assert.deepEqual(ended.metadata.get("error-code"), [`sfdc.platform.eventbus.grpc.${code}`]);
    const [rpcId] = ended.metadata.get("rpc-id");
    assert.ok(ended.details.endsWith(`rpcId: ${String(rpcId)}`));
  }
  assert.throws(
    () => readFaultOptions("stream_failed", { code: "service.nonsense" }),
    /no code of the Pub\/Sub API/,
  );
});

test("unary calls fail like a proxy, fail with a code, or come late on the org's clock", async (context) => {
  const { core, org, client, headers } = await connect(context);
  const events = [{ id: "", schemaId: fakeSchemaId, payload: pingPayload("x") }];
  arm(org, "rpc_unavailable", { rpc: "Publish", topic: fakeTopic });
  await assert.rejects(ask(client, client.publish, { topicName: fakeTopic, events }, headers), (reason) => {
    assert.ok(reason instanceof Error && "code" in reason);
    assert.equal(reason.code, status.UNAVAILABLE);
    assert.match(reason.message, /upstream connect error/);
    return true;
  });
  assert.deepEqual(core.bus.read(fakeTopic, -1, 10), [], "nothing was published");
  arm(org, "rpc_failed", { rpc: "GetTopic" }, { code: "topic.meta.permission" });
  await assert.rejects(ask(client, client.getTopic, { topicName: fakeTopic }, headers), {
    code: status.PERMISSION_DENIED,
  });
  await ask(client, client.getTopic, { topicName: fakeTopic }, headers);

  arm(org, "rpc_slow", { rpc: "GetSchema" }, { delayMs: 30_000 });
  const fired = nextEntry(org, "fault:fired");
  const slow = ask(client, client.getSchema, { schemaId: fakeSchemaId }, headers);
  await fired;
  // Asked later and answered sooner.
  await ask(client, client.getTopic, { topicName: fakeTopic }, headers);
  org.clock.advance(30_000);
  assert.equal((await slow).schemaId, fakeSchemaId);
});

test("the log tells who was delivered what, and why a stream ended", async (context) => {
  const { core, org, client, headers } = await connect(context);
  const stream = openStream(client, headers);
  stream.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  core.ping("one");
  const { rpcId } = await stream.next();
  assert.deepEqual(lastOf(org, "event:delivered"), { topic: fakeTopic, count: 1, rpcId });
  const ended = nextEntry(org, "stream:ended");
  stream.cancel();
  const { detail } = await ended;
  assert.deepEqual(
    [detail["rpcId"], detail["topic"], detail["delivered"], detail["cause"]],
    [rpcId, fakeTopic, 1, "ended by the client"],
  );
  await stream.ended;
});
