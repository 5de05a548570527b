import assert from "node:assert/strict";
import { test } from "node:test";
import { Metadata, loadPackageDefinition, status } from "@grpc/grpc-js";
import type { ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { PubSubError } from "../src/index.ts";
import { parseEndpoint } from "../src/wire/endpoint.ts";
import { eventBusLoadOptions, eventBusProtoPath } from "../src/wire/proto.ts";
import { toRpcFailure } from "../src/wire/rpc-failure.ts";

const { Subscribe } = (
  loadPackageDefinition(loadSync(eventBusProtoPath, eventBusLoadOptions)) as unknown as {
    readonly eventbus: { readonly v1: { readonly PubSub: ServiceClientConstructor } };
  }
).eventbus.v1.PubSub.service as Record<"Subscribe", ServiceClientConstructor["service"][string]>;

const replayId = Buffer.from("000000000000938b0000", "hex");

test("requests have the bytes of the service's contract", () => {
  const topicName = "/event/A__e";
  const rows = [
    [{ topicName, numRequested: 100 }, "0a0b2f6576656e742f415f5f652064"],
    [
      { topicName, replayPreset: "CUSTOM", replayId, numRequested: 1 },
      "0a0b2f6576656e742f415f5f6510021a0a000000000000938b00002001",
    ],
  ] as const;
  for (const [request, hex] of rows) assert.equal(Subscribe.requestSerialize(request).toString("hex"), hex);
});

test("an absent pending_num_requested reads as 0, and absent events as none", () => {
  for (const [hex, pendingNumRequested] of [
    ["120a000000000000938b00001a01722064", 100],
    ["120a000000000000938b00001a0172", 0],
  ] as const) {
    assert.deepEqual(
      { ...(Subscribe.responseDeserialize(Buffer.from(hex, "hex")) as object) },
      { events: [], latestReplayId: replayId, rpcId: "r", pendingNumRequested },
    );
  }
});

test("reads an endpoint with and without port, and plain text to this machine only", () => {
  assert.deepEqual(parseEndpoint("api.pubsub.salesforce.com:7443"), {
    address: "api.pubsub.salesforce.com:7443",
    transport: "tls",
  });
  assert.equal(parseEndpoint("api.deu.pubsub.salesforce.com").address, "api.deu.pubsub.salesforce.com:443");
  assert.equal(parseEndpoint("127.0.0.1:4611").transport, "tls");
  assert.deepEqual(parseEndpoint("http://127.0.0.1:4611"), { address: "127.0.0.1:4611", transport: "plain" });
  for (const wrong of ["", "http://example.com:80", "https://a:1", "host:port", "host:99999", "a b:1"]) {
    assert.throws(() => parseEndpoint(wrong), {
      code: "config_invalid",
      message: `[config_invalid] endpoint: expected host:port, such as api.pubsub.salesforce.com:443; got "${wrong}".`,
    });
  }
});

function failureOf(
  code: status,
  errorCode?: string,
  rpc: "Subscribe" | "GetSchema" = "Subscribe",
): PubSubError {
  const metadata = new Metadata();
  if (errorCode !== undefined) metadata.set("error-code", errorCode);
  return toRpcFailure(Object.assign(new Error("no"), { code, details: "no", metadata }), rpc, "topic");
}

test("branches on the error-code trailer, whatever the status", () => {
  for (const [trailer, code] of [
    ["service.auth.error", "session_rejected"],
    ["service.unavailable", "service_unavailable"],
    ["topic.not.found", "topic_not_found"],
    ["topic.meta.permission", "permission_denied"],
    ["subscription.topic.cannot.subscribe", "permission_denied"],
    ["subscription.fetch.replayid.corrupted", "position_rejected"],
    ["subscription.fetch.replayid.validation.failed", "position_rejected"],
    ["subscription.limit.exceeded", "delivery_limit_reached"],
    ["service.protection.stream.limit.triggered", "overloaded"],
    ["schema.validation.failed", "schema_unknown"],
    ["something.new", "unexpected"],
  ] as const) {
    assert.equal(
      failureOf(status.UNAUTHENTICATED, `sfdc.platform.eventbus.grpc.${trailer}`).code,
      code,
      trailer,
    );
    assert.equal(failureOf(status.INTERNAL, trailer).code, code, trailer);
  }
});

test("falls back on the status when a proxy or the network failed", () => {
  for (const [code, expected] of [
    [status.UNAUTHENTICATED, "session_rejected"],
    [status.INTERNAL, "service_unavailable"],
    [status.UNAVAILABLE, "service_unavailable"],
    [status.RESOURCE_EXHAUSTED, "overloaded"],
    [status.NOT_FOUND, "topic_not_found"],
    [status.INVALID_ARGUMENT, "request_rejected"],
    [status.PERMISSION_DENIED, "permission_denied"],
  ] as const) {
    assert.equal(failureOf(code).code, expected, status[code]);
  }
  assert.equal(failureOf(status.NOT_FOUND, undefined, "GetSchema").code, "schema_unknown");
});

test("an error that is no answer of a server keeps its words and is unexpected", () => {
  const failure = toRpcFailure(new TypeError("odd"), "Subscribe", "topic");
  assert.equal(failure.message, "[unexpected] topic: odd");
  assert.ok(failure.cause instanceof TypeError);
});
