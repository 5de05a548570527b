import assert from "node:assert/strict";
import { test } from "node:test";
import { PubSubError } from "../src/pubsub-error.ts";
import { SchemaCache } from "../src/schema/schema-cache.ts";
import { payload, record, schemaId, schemaJson } from "./stage.ts";

const { signal } = new AbortController();

function answer(text: string) {
  return Promise.resolve({ schemaId, schemaJson: text, rpcId: "r" });
}

test("fetches a schema once, for all who ask at the same time and for good", async () => {
  let fetches = 0;
  const cache = new SchemaCache(() => {
    fetches += 1;
    return answer(schemaJson);
  });
  const [first, second] = await Promise.all([cache.codec(schemaId, signal), cache.codec(schemaId, signal)]);
  assert.equal(first, second);
  assert.equal(await cache.codec(schemaId, signal), first);
  assert.equal(fetches, 1);
});

test("has a codec at hand once it is fetched, and not before", async () => {
  const cache = new SchemaCache(() => answer(schemaJson));
  assert.equal(cache.codecNow(schemaId), undefined);
  const asking = cache.codec(schemaId, signal);
  assert.equal(cache.codecNow(schemaId), undefined);
  assert.equal(await asking, cache.codecNow(schemaId));
  assert.deepEqual(cache.codecNow(schemaId)?.decode(payload), record);
});

test("tries a fetch that failed again", async () => {
  const failure = new PubSubError("service_unavailable", "schema", "not now.");
  const answers = [() => Promise.reject(failure), () => answer(schemaJson)];
  const cache = new SchemaCache(() => answers.shift()?.() ?? assert.fail("one fetch too many"));
  await assert.rejects(cache.codec(schemaId, signal), failure);
  assert.equal(cache.codecNow(schemaId), undefined);
  assert.deepEqual((await cache.codec(schemaId, signal)).decode(payload), record);
});

test("remembers that a schema is unusable", async () => {
  let fetches = 0;
  const cache = new SchemaCache(() => {
    fetches += 1;
    return answer("<html>");
  });
  await assert.rejects(cache.codec(schemaId, signal), { code: "schema_unusable" });
  await assert.rejects(cache.codec(schemaId, signal), { code: "schema_unusable" });
  assert.equal(cache.codecNow(schemaId), undefined);
  assert.equal(fetches, 1);
});

test("one who stops waiting does not stop the others", async () => {
  const fetched = Promise.withResolvers<void>();
  const cache = new SchemaCache(async (_schemaId, stop) => {
    await fetched.promise;
    stop.throwIfAborted();
    return answer(schemaJson);
  });
  const leaving = new AbortController();
  const left = cache.codec(schemaId, leaving.signal);
  const stayed = cache.codec(schemaId, signal);
  const reason = new Error("enough");
  leaving.abort(reason);
  await assert.rejects(left, reason);
  fetched.resolve();
  assert.deepEqual((await stayed).decode(payload), record);
});

test("an event that names no schema has none to fetch", async () => {
  const cache = new SchemaCache(() => assert.fail("nothing to fetch"));
  await assert.rejects(cache.codec("", signal), {
    message: "[schema_unknown] schema: the event names no schema.",
  });
});

test("gives its options to every codec", async () => {
  const dated = schemaJson.replace('"type":"long"', '"type":"long","doc":"CreatedDate:DateTime"');
  const cache = new SchemaCache(() => answer(dated), { dates: "iso" });
  const codec = await cache.codec(schemaId, signal);
  assert.equal(codec.decode(payload)["CreatedDate"], "2023-11-14T22:13:20.000Z");
});
