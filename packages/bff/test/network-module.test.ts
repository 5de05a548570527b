import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { networkDemoToken } from "@sluice/simulators";
import type { EffectRecords, ModuleAnswer, ModuleCall, RecordedEffect } from "../src/provisioning/module.ts";
import { openNetwork } from "../src/provisioning/modules/network-http/open-network.ts";
import type { NetworkConfig } from "../src/provisioning/modules/network-http/open-network.ts";
import type { Stage } from "./modules-stage.ts";
import { callOf, closedPort, sampleOrder, setStage, verdict } from "./modules-stage.ts";

const never = new AbortController().signal;
const activation = callOf("activate", {
  line: sampleOrder.lines[0] ?? null,
  parameters: { specification: "esim", productCode: "MOB-ESIM-10G" },
});

function networkOf(stage: Stage, config: Partial<NetworkConfig> = {}) {
  return openNetwork({
    url: `${stage.simulators.url}/network`,
    token: networkDemoToken,
    timeoutMs: 300,
    pollPace: { firstMs: 10, maxMs: 1_000 },
    ...config,
  });
}

async function slowNetwork(t: TestContext, activationMs: number) {
  const stage = await setStage(t);
  await stage.settle({ activationMs });
  return { stage, network: networkOf(stage) };
}

/** Polls as the engine does, without its pauses. */
async function untilSettled(
  network: ReturnType<typeof openNetwork>,
  call: ModuleCall,
  first: ModuleAnswer,
): Promise<ModuleAnswer> {
  let answer = first;
  while (answer.kind === "waiting") {
    answer = await network.run({ ...call, lookUpFirst: true, waitingOn: answer.waitingOn }, never);
  }
  return answer;
}

test("an activation that the network finishes at once is done with the first call", async (t) => {
  const stage = await setStage(t);
  const answer = await networkOf(stage).run(activation, never);
  assert.equal(answer.kind === "done" && answer.result["state"], "active");
  assert.equal((await stage.summary()).effects.byOperation["network.CreateService"], 1);
});

test("an activation that takes time is waited for, ever more slowly, and is one service", async (t) => {
  const { stage, network } = await slowNetwork(t, 60_000);
  const delays: number[] = [];
  let answer = await network.run(activation, never);
  for (let look = 0; look < 9; look += 1) {
    assert.equal(answer.kind, "waiting");
    if (answer.kind !== "waiting") return;
    delays.push(answer.pollAfterMs);
    answer = await network.run({ ...activation, lookUpFirst: true, waitingOn: answer.waitingOn }, never);
  }
  assert.deepEqual(delays, [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]);
  assert.equal((await stage.summary()).effects.byOperation["network.CreateService"], 1);
});

test("a finished activation leaves the service's numbers and no activation code", async (t) => {
  const { network } = await slowNetwork(t, 50);
  const answer = await untilSettled(network, activation, await network.run(activation, never));
  assert.equal(answer.kind, "done");
  if (answer.kind !== "done") return;
  assert.equal(answer.adopted, false);
  const characteristics = answer.result["characteristics"] as Record<string, unknown>;
  assert.match(String(characteristics["iccid"]), /^89\d{17,18}$/);
  assert.equal("activationCode" in characteristics, false);
});

for (const kind of ["timeout", "http_500", "refuse"] as const) {
  test(`an activation whose answer was lost (${kind}) is found by its key and not repeated`, async (t) => {
    const { stage, network } = await slowNetwork(t, 0);
    await stage.breakNext([{ operation: "network.CreateService", kind, afterEffect: true }]);
    const lost = await network.run(activation, never);
    assert.equal(lost.kind === "failed" && lost.failure.outcomeUnknown, true);
    const found = await network.run({ ...activation, lookUpFirst: true }, never);
    assert.equal(found.kind === "done" && found.adopted, true);
    assert.equal((await stage.summary()).effects.byOperation["network.CreateService"], 1);
  });
}

test("a lost answer to an activation that is still at work leads to its monitor", async (t) => {
  const { stage, network } = await slowNetwork(t, 60_000);
  await stage.breakNext([{ operation: "network.CreateService", kind: "refuse", afterEffect: true }]);
  await network.run(activation, never);
  const found = await network.run({ ...activation, lookUpFirst: true }, never);
  assert.equal(found.kind, "waiting");
});

test("a look-up that finds nothing is followed by the activation", async (t) => {
  const { stage, network } = await slowNetwork(t, 0);
  const answer = await network.run({ ...activation, lookUpFirst: true }, never);
  assert.equal(answer.kind === "done" && answer.adopted, false);
  assert.equal((await stage.summary()).effects.byOperation["network.CreateService"], 1);
});

test("a look-up that fails leaves the outcome unknown, and nothing is activated", async (t) => {
  const { stage, network } = await slowNetwork(t, 0);
  await stage.breakNext([{ operation: "network.ListServices", kind: "http_500" }]);
  assert.deepEqual(verdict(await network.run({ ...activation, lookUpFirst: true }, never)), {
    class: "retryable",
    code: "NETWORK_SERVER_ERROR",
    outcomeUnknown: true,
    moduleWide: false,
  });
  assert.equal((await stage.summary()).effects.total, 0);
});

test("a monitor that is forgotten is made up for by the service itself", async (t) => {
  const { network } = await slowNetwork(t, 0);
  await network.run(activation, never);
  const waitingOn = { monitorId: "m-unknown", looks: 3 };
  const found = await network.run({ ...activation, lookUpFirst: true, waitingOn }, never);
  assert.equal(found.kind === "done" && found.adopted, true);
  const lost = await network.run({ ...activation, effectKey: "never-sent", waitingOn }, never);
  assert.equal(lost.kind === "failed" && lost.failure.code, "NETWORK_ACTIVATION_LOST");
});

test("two services under one key go to a person", async (t) => {
  const { network } = await slowNetwork(t, 0);
  await network.run(activation, never);
  await network.run(activation, never);
  const answer = await network.run({ ...activation, lookUpFirst: true }, never);
  assert.equal(answer.kind === "failed" && answer.failure.code, "NETWORK_SERVICE_DOUBLED");
});

test("a refusal (422) needs an operator, who reads the network's own words", async (t) => {
  const { stage, network } = await slowNetwork(t, 0);
  await stage.breakNext([
    { operation: "network.CreateService", kind: "error_message", message: "No free port" },
  ]);
  const answer = await network.run(activation, never);
  assert.deepEqual(verdict(answer), {
    class: "needs_operator",
    code: "NETWORK_REJECTED",
    outcomeUnknown: false,
    moduleWide: false,
  });
  assert.match(answer.kind === "failed" ? answer.failure.summary : "", /No free port/);
});

test("a refused token stops the module, and the token is not told", async (t) => {
  const network = networkOf(await setStage(t), { token: "wrong-token" });
  const answer = await network.run(activation, never);
  assert.deepEqual(verdict(answer), {
    class: "needs_operator",
    code: "NETWORK_CREDENTIALS_REFUSED",
    outcomeUnknown: false,
    moduleWide: true,
  });
  assert.doesNotMatch(JSON.stringify(answer), /wrong-token/);
});

test("a network that is down was asked nothing", async () => {
  const network = openNetwork({ url: `http://127.0.0.1:${await closedPort()}`, token: "any" });
  assert.deepEqual(verdict(await network.run(activation, never)), {
    class: "retryable",
    code: "NETWORK_UNREACHABLE",
    outcomeUnknown: false,
    moduleWide: true,
  });
});

/** Answers that the simulator never gives. */
function scripted(answers: readonly Response[]) {
  const left = [...answers];
  return openNetwork({
    url: "http://network.test",
    token: "any",
    fetch: () => Promise.resolve(left.shift() ?? new Response("", { status: 500 })),
  });
}

const service = { id: "s-1", externalId: activation.effectKey, state: "active", characteristics: {} };

test("a network that works synchronously (201) is done at once", async () => {
  const answer = await scripted([Response.json(service, { status: 201 })]).run(activation, never);
  assert.equal(answer.kind === "done" && answer.reference, "s-1");
});

test("a network that knows the key already (409) has its service adopted", async () => {
  const conflict = Response.json({ code: "conflict", message: "exists" }, { status: 409 });
  const answer = await scripted([conflict, Response.json([service])]).run(activation, never);
  assert.equal(answer.kind === "done" && answer.adopted, true);
});

test("an activation that ends in an error needs an operator", async () => {
  const monitor = Response.json({ id: "m-1", state: "InError" });
  const waitingOn = { monitorId: "m-1", looks: 0 };
  const answer = await scripted([monitor]).run({ ...activation, waitingOn }, never);
  assert.equal(answer.kind === "failed" && answer.failure.code, "NETWORK_ACTIVATION_FAILED");
});

test("a service that belongs to another key is never adopted", async () => {
  const other = { ...service, externalId: "another-key" };
  const answer = await scripted([Response.json([other]), Response.json(service, { status: 201 })]).run(
    { ...activation, lookUpFirst: true },
    never,
  );
  assert.equal(answer.kind === "done" && answer.adopted, false);
});

function recordsOf(stage: Stage): EffectRecords {
  return networkOf(stage).records ?? assert.fail("the network lists nothing");
}

async function all(listing: AsyncIterable<RecordedEffect>): Promise<readonly RecordedEffect[]> {
  const effects: RecordedEffect[] = [];
  for await (const effect of listing) effects.push(effect);
  return effects;
}

test("services are listed with their keys from the newest back, over several parts", async (t) => {
  const stage = await setStage(t);
  const records = recordsOf(stage);
  const since = new Date(0).toISOString();
  assert.deepEqual(await all(records.listEffects(since, never)), [], "nothing yet");
  for (let n = 0; n < 101; n += 1)
    await networkOf(stage).run({ ...activation, effectKey: `key-${n}` }, never);
  const listed = await all(records.listEffects(since, never));
  assert.equal(listed.length, 101);
  const [newest] = listed;
  assert.deepEqual(
    { ...newest, at: null },
    { operation: "activate", effectKey: "key-100", reference: "s-101", at: null, isInForce: true },
  );
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const read = await all(records.listEffects(tomorrow, never));
  assert.equal(read.length, 100, "one part, because all in it are older");
});

test("a network that does not answer its list says so", async (t) => {
  const stage = await setStage(t);
  await stage.breakNext([{ operation: "network.ListServices", kind: "http_500" }]);
  const listing = all(recordsOf(stage).listEffects(new Date(0).toISOString(), never));
  await assert.rejects(listing, { name: "UnlistedError", code: "NETWORK_SERVER_ERROR" });
});
