import assert from "node:assert/strict";
import { test } from "node:test";
import { storeInTurn } from "../src/intake/store-in-turn.ts";

/** Items are lists of numbers; an empty one is never joined. Each store waits to be let through. */
function openStage() {
  const stored: (readonly number[])[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const turns = storeInTurn<readonly number[]>({
    join: (waiting, added) =>
      waiting.length === 0 || added.length === 0 ? undefined : [...waiting, ...added],
    isFull: (waiting) => waiting.length >= 3,
    async store(item) {
      stored.push(item);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
    },
  });
  return {
    stored,
    turns,
    letThrough: async () => {
      gates.shift()?.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    },
    fail: (error: Error) => gates.shift()?.reject(error),
  };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const soon = new Promise((resolve) => setImmediate(() => resolve("not yet")));
  return (await Promise.race([promise.then(() => "settled"), soon])) === "settled";
}

test("stores the first at once and joins what comes meanwhile", async () => {
  const { stored, turns, letThrough } = openStage();
  await turns.add([1]);
  await turns.add([2]);
  await turns.add([3]);
  assert.deepEqual(stored, [[1]]);
  await letThrough();
  assert.deepEqual(stored, [[1], [2, 3]]);
  await letThrough();
  await turns.finished();
});

test("takes no more than one full item ahead", async () => {
  const { stored, turns, letThrough } = openStage();
  await turns.add([1]);
  await turns.add([2, 3]);
  const full = turns.add([4]);
  assert.equal(await isSettled(full), false);
  await letThrough();
  await full;
  assert.deepEqual(stored, [[1], [2, 3, 4]]);
  await letThrough();
  await turns.finished();
});

test("keeps what cannot be joined in its place", async () => {
  const { stored, turns, letThrough } = openStage();
  await turns.add([1]);
  await turns.add([2]);
  const apart = turns.add([]);
  assert.equal(await isSettled(apart), false);
  await letThrough();
  await apart;
  const last = turns.add([3]);
  await letThrough();
  await letThrough();
  await last;
  await letThrough();
  await turns.finished();
  assert.deepEqual(stored, [[1], [2], [], [3]]);
});

test("after a failure nothing that waits is stored, and whoever adds is told", async () => {
  const { stored, turns, fail } = openStage();
  await turns.add([1]);
  const full = turns.add([2, 3, 4]);
  fail(new Error("the database went away"));
  await assert.rejects(full, /the database went away/);
  await assert.rejects(turns.add([5, 6, 7]), /the database went away/);
  await assert.rejects(turns.finished(), /the database went away/);
  assert.deepEqual(stored, [[1]]);
});
