import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { tokenFrom } from "../src/auth/token-from.ts";
import type { FetchTokenContext, FetchedToken } from "../src/auth/token-from.ts";
import { PubSubError } from "../src/index.ts";
import { orgId, startLoginHost, userId } from "./login-host.ts";

const forever = new AbortController().signal;
const instanceUrl = "https://acme.my.salesforce.com";
const fetched: FetchedToken = { accessToken: "secret-token", instanceUrl, orgId, userId };

test("a token with its org is taken as it is, the URL cut to the host and the ids made 18 characters", async () => {
  const source = tokenFrom(() =>
    Promise.resolve({
      accessToken: "secret-token",
      instanceUrl: `${instanceUrl}/services/data/?x=1`,
      orgId: orgId.slice(0, 15),
      userId: userId.slice(0, 15),
    }),
  );
  assert.deepEqual(await source.get(forever), fetched);
});

test("the function is called once however many wait, and whoever leaves leaves alone", async () => {
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const source = tokenFrom(async () => {
    calls += 1;
    await gate.promise;
    return fetched;
  });
  const stop = new AbortController();
  const left = source.get(stop.signal);
  const stayed = [source.get(forever), source.get(forever)];
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(left, reason);
  gate.resolve();
  const [first, second] = await Promise.all(stayed);
  assert.equal(first, second);
  assert.equal(await source.get(forever), first);
  assert.equal(calls, 1);
});

test("the function's signal aborts when nobody waits any more", async () => {
  const called = Promise.withResolvers<AbortSignal>();
  const source = tokenFrom(({ signal }) => {
    called.resolve(signal);
    return new Promise<never>(() => undefined);
  });
  const stop = new AbortController();
  const waiting = source.get(stop.signal);
  const signal = await called.promise;
  assert.equal(signal.aborted, false);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  assert.equal(signal.aborted, true);
});

test("the function is told which session was refused, until it gave another one", async () => {
  const told: (string | undefined)[] = [];
  const source = tokenFrom(({ refused }) => {
    told.push(refused?.accessToken);
    if (told.length === 2) throw new Error("vault is sealed");
    return Promise.resolve({ ...fetched, accessToken: `token-${told.length}` });
  });
  const first = await source.get(forever);
  source.invalidate(first);
  await assert.rejects(source.get(forever), { code: "login_unreachable" });
  const third = await source.get(forever);
  assert.equal(third.accessToken, "token-3");
  source.invalidate(first);
  assert.equal(await source.get(forever), third);
  source.invalidate(third);
  await source.get(forever);
  assert.deepEqual(told, [undefined, "token-1", "token-1", "token-3"]);
});

test("a token without its org is looked up in userinfo", async (t) => {
  const host = await startLoginHost(t, () => ({ body: { organization_id: orgId, user_id: userId } }));
  const source = tokenFrom(() => Promise.resolve({ accessToken: "secret-token", instanceUrl: host.url }));
  assert.deepEqual(await source.get(forever), { ...fetched, instanceUrl: host.url });
  assert.equal(host.asked[0]?.authorization, "Bearer secret-token");
});

test("a stale token is handed back to the function once, so that its own cache can let go of it", async (t) => {
  const host = await startLoginHost(t, ({ authorization }) =>
    authorization === "Bearer fresh"
      ? { body: { organization_id: orgId } }
      : { status: 403, body: "Bad_OAuth_Token" },
  );
  const told: FetchTokenContext["refused"][] = [];
  const source = tokenFrom(({ refused }) => {
    told.push(refused);
    return Promise.resolve({ accessToken: refused ? "fresh" : "stale", instanceUrl: host.url });
  });
  assert.equal((await source.get(forever)).accessToken, "fresh");
  assert.deepEqual(
    told.map((refused) => refused?.accessToken),
    [undefined, "stale"],
  );
  const stubborn = tokenFrom(() => Promise.resolve({ accessToken: "stale", instanceUrl: host.url }));
  await assert.rejects(stubborn.get(forever), {
    message: `[auth_rejected] ${host.url}: Salesforce refused the access token (Bad_OAuth_Token). It is expired, revoked or of another org.`,
  });
});

test("what the function throws becomes the cause, at once or later; a PubSubError goes on as it is", async () => {
  const reason = new Error("vault is sealed");
  const expected = {
    code: "login_unreachable",
    message: "[login_unreachable] token function: it failed: vault is sealed",
    cause: reason,
    retryable: true,
  };
  await assert.rejects(tokenFrom(() => Promise.reject(reason)).get(forever), expected);
  const throwing = tokenFrom(() => {
    throw reason;
  });
  await assert.rejects(throwing.get(forever), expected);
  const own = new PubSubError("auth_rejected", "vault", "no such role.");
  await assert.rejects(tokenFrom(() => Promise.reject(own)).get(forever), own);
});

const good: Readonly<Record<string, unknown>> = fetched;
for (const [given, detail] of [
  [undefined, "it gave no accessToken, or a blank one."],
  ["secret-token", "it gave no accessToken, or a blank one."],
  [{ ...good, accessToken: " " }, "it gave no accessToken, or a blank one."],
  [
    { ...good, accessToken: "Bearer secret-token" },
    'its accessToken starts with "Bearer ". Give the bare token.',
  ],
  [
    { ...good, accessToken: "secret-token\n" },
    "its accessToken has blanks, line ends or letters beyond ASCII.",
  ],
  [
    { ...good, instanceUrl: "acme.my.salesforce.com" },
    "its instanceUrl is no https URL. Give the org's, such as https://acme.my.salesforce.com.",
  ],
  [
    { ...good, instanceUrl: "http://acme.my.salesforce.com" },
    "its instanceUrl is no https URL. Give the org's, such as https://acme.my.salesforce.com.",
  ],
  [
    { ...good, orgId: "00E000000000001EAA" },
    "its orgId is no id. Give the 18 characters that begin with 00D, or leave it out.",
  ],
  [
    { ...good, userId: "me" },
    "its userId is no id. Give the 18 characters that begin with 005, or leave it out.",
  ],
] as const) {
  test(`a token function is told what is wrong: ${detail} (${typeof given})`, async () => {
    const source = tokenFrom(() => Promise.resolve(given as FetchedToken));
    const failure: unknown = await source.get(forever).catch((error: unknown) => error);
    assert.ok(failure instanceof PubSubError);
    assert.equal(failure.message, `[auth_rejected] token function: ${detail}`);
    assert.ok(!inspect(failure, { depth: Infinity, showHidden: true }).includes("secret-token"));
  });
}
