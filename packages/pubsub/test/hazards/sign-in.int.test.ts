import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { PubSubError } from "../../src/index.ts";
import type { Session, TokenSource } from "../../src/index.ts";
import { openEmulatedOrg, topic } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { Listener, Reading, idsOf, until, untilIdle } from "./reading.ts";

let emulated: EmulatedOrg;
before(async () => {
  emulated = await openEmulatedOrg();
});
after(async () => {
  await emulated[Symbol.asyncDispose]();
});
afterEach(() => {
  emulated.org.faults.disarmAll();
});

const refused = { kind: "stream_failed", options: { code: "service.auth.error" } } as const;

/** The org's own sessions, changed on their way. */
function sessions(change: (session: Session, count: number) => Session): TokenSource & { count: number } {
  let current: Session | undefined;
  const source = {
    count: 0,
    get: (): Promise<Session> => {
      if (current === undefined) {
        const { accessToken, instanceUrl, tenantId } = emulated.org.signIn();
        source.count += 1;
        current = change({ accessToken, instanceUrl, orgId: tenantId }, source.count);
      }
      return Promise.resolve(current);
    },
    invalidate: (session: Session): void => {
      if (session.accessToken === current?.accessToken) current = undefined;
    },
  };
  return source;
}

test("a token that is refused is renewed once, and reading resumes at the last position, not the first", async () => {
  const auth = sessions((session) => session);
  const listener = new Listener();
  const client = emulated.open({ auth, onEvent: listener.onEvent });
  const reading = new Reading(emulated, { client, listener });
  emulated.publish(["token-1"]);
  await reading.untilEvents(1);
  for (let round = 2; round <= 4; round += 1) {
    emulated.org.strike(refused, {});
    emulated.publish([`token-${round}`]);
    await reading.untilEvents(round);
  }
  assert.deepEqual(reading.ids, idsOf("token", 1, 4));
  assert.equal(auth.count, 4, "one sign-in for each refusal");
  assert.equal(listener.all("session:token:renewed").length, 3);
  assert.equal(listener.all("subscription:alarm:raised").length, 0);
  await reading.stop();
});

test("twelve streams that are refused together share one sign-in", async () => {
  await untilIdle(emulated);
  const auth = sessions((session) => session);
  const client = emulated.open({ auth });
  const readings = Array.from({ length: 12 }, () => new Reading(emulated, { client }));
  const all = (count: number): Promise<void> =>
    until(emulated, () => readings.every(({ events }) => events.length === count), `event ${count}`, 10);
  emulated.publish(["shared-1"]);
  await all(1);
  assert.equal(auth.count, 1);
  assert.equal(emulated.org.strike(refused, {}), 12);
  emulated.publish(["shared-2"]);
  await all(2);
  assert.equal(auth.count, 2);
  await Promise.all(readings.map((reading) => reading.stop()));
});

test("tokens that are refused however new they are: few sign-ins, one alarm, and back without a restart", async () => {
  const auth = sessions((session) => session);
  const listener = new Listener();
  const client = emulated.open({ auth, onEvent: listener.onEvent });
  const reading = new Reading(emulated, { client, listener });
  emulated.publish(["refused-1"]);
  await reading.untilEvents(1);
  const always = { kind: "window", forMs: 86_400_000 } as const;
  emulated.org.faults.arm({ ...refused, schedule: always, match: { at: "open" } });
  emulated.org.strike(refused, {});
  const delays = (await reading.sitOutRetries(3_600_000)).map(({ delayMs }) => delayMs);
  assert.equal(delays.at(-1), 450_000, "minutes apart");
  assert.ok(auth.count <= 18, `${auth.count} sign-ins`);
  const alarms = listener.all("subscription:alarm:raised");
  assert.deepEqual(
    alarms.map(({ error }) => error.code),
    ["session_rejected"],
  );
  emulated.org.faults.disarmAll();
  emulated.publish(["refused-2"]);
  client.retryNow();
  await reading.untilEvents(2, 10);
  assert.deepEqual(reading.ids, idsOf("refused", 1, 2));
  assert.equal(listener.all("subscription:alarm:cleared").length, 1);
  await reading.stop();
});

test("a sign-in that the login host refuses is told by its own error, and a person is called", async () => {
  let failure: PubSubError | undefined = new PubSubError("auth_rejected", "login", "the app was removed.");
  const healthy = sessions((session) => session);
  const auth: TokenSource = {
    get: () => (failure === undefined ? healthy.get(new AbortController().signal) : Promise.reject(failure)),
    invalidate: (session) => healthy.invalidate(session),
  };
  const listener = new Listener();
  const client = emulated.open({ auth, onEvent: listener.onEvent });
  const reading = new Reading(emulated, { client, listener });
  await until(emulated, () => listener.all("subscription:retry:scheduled").length === 1, "the retry");
  const [alarm] = listener.all("subscription:alarm:raised");
  assert.equal(alarm?.error.message, "[auth_rejected] login: the app was removed.");
  failure = undefined;
  emulated.publish(["login-1"]);
  client.retryNow();
  await reading.untilEvents(1);
  await reading.stop();
});

test("an org that moves to another instance is told, and the next stream names the new one", async () => {
  const auth = sessions((session, count) =>
    count === 1 ? session : { ...session, instanceUrl: "https://moved.my.salesforce.com" },
  );
  const listener = new Listener();
  const client = emulated.open({ auth, onEvent: listener.onEvent });
  const reading = new Reading(emulated, { client, listener });
  emulated.publish(["moved-1"]);
  await reading.untilEvents(1);
  emulated.org.strike(refused, {});
  emulated.publish(["moved-2"]);
  await reading.untilEvents(2);
  assert.deepEqual(listener.all("session:instance:changed"), [
    { name: "session:instance:changed", from: emulated.org.url, to: "https://moved.my.salesforce.com" },
  ]);
  assert.deepEqual(reading.ids, idsOf("moved", 1, 2));
  await reading.stop();
});

test("no token and no payload stands in anything that is told", async () => {
  const tokens: string[] = [];
  const auth = sessions((session) => {
    tokens.push(session.accessToken);
    return session;
  });
  const listener = new Listener();
  const client = emulated.open({ auth, onEvent: listener.onEvent });
  const reading = new Reading(emulated, { client, listener });
  emulated.publish(["a-secret-reading"]);
  await reading.untilEvents(1);
  emulated.org.strike(refused, {});
  emulated.publish(["another-secret-reading"]);
  await reading.untilEvents(2);
  const text = listener.told
    .map((event) => JSON.stringify(event) + ("error" in event ? String(event.error) : ""))
    .join("\n");
  assert.equal(tokens.length, 2);
  for (const secret of [...tokens, "secret-reading"]) assert.ok(!text.includes(secret));
  await reading.stop();
});

test("a client that expects another org reads nothing from this one, and says so", async () => {
  const listener = new Listener();
  const client = emulated.open({ expectedOrgId: "00DHs0000000009IAA", onEvent: listener.onEvent });
  const reading = new Reading(emulated, { client, listener, position: { kind: "earliest" } });
  await until(emulated, () => listener.all("subscription:retry:scheduled").length === 1, "the retry");
  const [changed] = listener.all("session:org:changed");
  assert.deepEqual(changed, {
    name: "session:org:changed",
    expectedOrgId: "00DHs0000000009IAA",
    orgId: emulated.org.orgId,
  });
  assert.equal(listener.all("subscription:alarm:raised")[0]?.error.code, "org_changed");
  assert.deepEqual(reading.items, []);
  await assert.rejects(client.getTopic(topic), { code: "org_changed" });
  await reading.stop();
});

test("a refreshed sandbox is another org: it is told, nothing of it is read, and the alarm stays", async () => {
  const reading = new Reading(emulated);
  emulated.publish(["refresh-1"]);
  await reading.untilEvents(1);
  const old = emulated.org.core.orgId;
  const refreshed = emulated.org.core.state.refreshSandbox();
  emulated.publish(["of-the-new-org"]);
  await reading.untilTold("session:org:changed", 1, 10);
  const retries = await reading.sitOutRetries(3_600_000);
  assert.ok(retries.length < 20);
  assert.deepEqual(reading.listener.all("session:org:changed")[0], {
    name: "session:org:changed",
    expectedOrgId: old,
    orgId: refreshed,
  });
  const alarms = reading.listener.all("subscription:alarm:raised");
  assert.equal(alarms.at(-1)?.error.code, "org_changed");
  assert.equal(reading.listener.all("subscription:alarm:cleared").length, 0);
  assert.deepEqual(reading.ids, ["refresh-1"]);
  assert.deepEqual(reading.discontinuities, []);
  await reading.stop();
});
