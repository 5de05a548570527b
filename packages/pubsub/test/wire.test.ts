import assert from "node:assert/strict";
import { test } from "node:test";
import { Metadata, status } from "@grpc/grpc-js";
import type { PubSubError, Reaction } from "../src/index.ts";
import { parseEndpoint } from "../src/wire/endpoint.ts";
import { encodeFetchRequest } from "../src/wire/fetch-request.ts";
import { decodeFetchResponse } from "../src/wire/fetch-response.ts";
import { codeOfServiceCode } from "../src/wire/service-codes.ts";
import { toRpcFailure } from "../src/wire/rpc-failure.ts";

const replayId = new Uint8Array(Buffer.from("000000000000938b0000", "hex"));

test("requests have the bytes of the service's contract", () => {
  const topicName = "/event/A__e";
  const rows = [
    [{ topicName, numRequested: 100 }, "0a0b2f6576656e742f415f5f652064"],
    [
      { topicName, replayPreset: "CUSTOM", replayId, numRequested: 1 },
      "0a0b2f6576656e742f415f5f6510021a0a000000000000938b00002001",
    ],
  ] as const;
  for (const [request, hex] of rows) assert.equal(encodeFetchRequest(request).toString("hex"), hex);
});

test("an absent pending_num_requested reads as 0, and absent events as none", () => {
  for (const [hex, pendingNumRequested] of [
    ["120a000000000000938b00001a01722064", 100],
    ["120a000000000000938b00001a0172", 0],
  ] as const) {
    assert.deepEqual(decodeFetchResponse(Buffer.from(hex, "hex")), {
      events: [],
      latestReplayId: replayId,
      rpcId: "r",
      pendingNumRequested,
    });
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

/** The table of the service's codes and what each calls for; reference `pubsub-api.md`, section 5.3. */
const reactions: readonly (readonly [string, Reaction])[] = [
  ["service.unavailable", "retry"],
  ["service.auth.error", "reauthenticate"],
  ["service.auth.headers.invalid", "fatal"],
  ["service.auth.refresh.invalid", "reauthenticate"],
  ["service.protection.stream.limit.triggered", "slow_down"],
  ["service.protection.triggered", "slow_down"],
  ["service.tenant.license", "fatal"],
  ["concurrent.client.limit.exceeded", "slow_down"],
  ["topic.not.found", "fatal"],
  ["topic.meta.permission", "fatal"],
  ["topic.api.unavailable", "retry"],
  ["topic.validation.empty", "fatal"],
  ["schema.meta.permission", "fatal"],
  ["schema.api.unavailable", "retry"],
  ["schema.validation.failed", "fatal"],
  ["subscription.fetch.replayid.corrupted", "reposition"],
  ["subscription.fetch.replayid.validation.failed", "reposition"],
  ["subscription.fetch.replay.repeated", "restart"],
  ["subscription.limit.exceeded", "wait"],
  ["subscription.fetch.overflow", "restart"],
  ["subscription.fetch.requested.events.invalid", "fatal"],
  ["subscription.fetch.topic.mismatch", "fatal"],
  ["subscription.fetch.request.invalid", "fatal"],
  ["subscription.topic.cannot.subscribe", "fatal"],
  ["subscription.internal.error", "restart"],
  ["publish.stream.sweeper.timeout", "restart"],
  ["publish.auth.refresh.invalid", "fatal"],
  ["publish.event.count.invalid", "fatal"],
  ["publish.topic.mismatch", "fatal"],
  ["publish.topic.validation.empty", "fatal"],
  ["something.new", "retry"],
];

for (const [serviceCode, reaction] of reactions) {
  test(`the error code ${serviceCode} calls for ${reaction}, whatever the status`, () => {
    for (const code of [status.UNAUTHENTICATED, status.INTERNAL, status.INVALID_ARGUMENT]) {
      for (const trailer of [serviceCode, `sfdc.platform.eventbus.grpc.${serviceCode}`]) {
        const failure = failureOf(code, trailer);
        assert.equal(failure.reaction, reaction);
        assert.equal(failure.serviceCode, serviceCode);
      }
    }
  });
}

test("every code that the client knows has its row in the table, and no row is invented", () => {
  const known = Object.keys(codeOfServiceCode);
  assert.deepEqual(
    reactions.map(([serviceCode]) => serviceCode).filter((code) => code !== "something.new"),
    known,
  );
  assert.equal(failureOf(status.INTERNAL, "something.new").code, "unknown_service_code");
  assert.equal(failureOf(status.INTERNAL, "constructor").code, "unknown_service_code");
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
