import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import PubSubApiClient from "salesforce-pubsub-api-client";
import { copyMetadata, topic } from "../core-harness.ts";
import { serveProjectOrg, subscribed } from "../project-org.ts";
import { fetchToken } from "../server-harness.ts";

const subscriptions = "core/main/default/managedEventSubscriptions";

/** What the client called back with: its word for it, and the event, error or status. */
type Call = { readonly type: string; readonly data: unknown };
type ClientEvent = {
  readonly id: string;
  readonly replayId: number;
  readonly payload: Record<string, unknown>;
};
type GrpcError = { readonly code: number; readonly metadata: { get(name: string): readonly string[] } };

type Mailbox = ReturnType<typeof openMailbox>;

/** Collects what the client tells of one stream, and lets the test wait for the next event or anything else. */
function openMailbox() {
  const calls: Call[] = [];
  let wake = (): void => undefined;
  let hasEnded = false;
  const next = async (type: string): Promise<unknown> => {
    for (;;) {
      const index = calls.findIndex((call) => call.type === type);
      if (index >= 0) return calls.splice(index, 1)[0]?.data;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      wake = () => {
        resolve(undefined);
      };
      await promise;
    }
  };
  return {
    callback: (_info: unknown, type: string, data?: unknown): void => {
      calls.push({ type, data });
      hasEnded ||= type === "grpcStatus";
      wake();
    },
    /** Resolves when the stream is over. */
    over: async () => {
      if (!hasEnded) await next("grpcStatus");
    },
    next,
    nextEvent: async () => (await next("event")) as ClientEvent,
    nextError: async () => (await next("error")) as GrpcError,
  };
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

async function start(context: TestContext) {
  const mailboxes: Mailbox[] = [];
  const clients: PubSubApiClient[] = [];
  // The client's close() takes away the listeners of its streams and leaves the streams: they have to be over before
  // the org closes, or their errors have nobody to go to.
  context.after(async () => {
    org.strike({ kind: "stream_end_ok" }, {});
    await Promise.all(mailboxes.map((box) => box.over()));
    for (const client of clients) client.close();
  });
  const metadata = copyMetadata(context);
  for (const [name, state] of [
    ["Running", "RUN"],
    ["Stopped", "STOP"],
  ] as const) {
    metadata.add(
      `${subscriptions}/${name}.managedEventSubscription-meta.xml`,
      `<ManagedEventSubscription xmlns="http://soap.sforce.com/2006/04/metadata">
        <defaultReplay>EARLIEST</defaultReplay>
        <errorRecoveryReplay>EARLIEST</errorRecoveryReplay>
        <label>${name}</label>
        <state>${state}</state>
        <topicName>${topic}</topicName>
        <version>67.0</version>
      </ManagedEventSubscription>`,
    );
  }
  const org = await serveProjectOrg(context, { metadataDirs: metadata.dirs });
  // Signs in over OAuth, because the REST calls for managed subscriptions go to the instance URL it is told then.
  const open = async (): Promise<PubSubApiClient> => {
    const client = new PubSubApiClient(
      {
        authType: "oauth-client-credentials",
        loginUrl: org.url,
        clientId: "sluice-demo",
        clientSecret: "sluice-demo-secret",
        pubSubEndpoint: org.pubsubEndpoint,
        rejectUnauthorizedSsl: false,
      },
      silent,
    );
    await client.connect();
    clients.push(client);
    return client;
  };
  const mailbox = (): Mailbox => {
    const box = openMailbox();
    mailboxes.push(box);
    return box;
  };
  return { org, open, mailbox, clients };
}

function payload(key: string): Record<string, unknown> {
  return {
    CreatedDate: 1_700_000_000_000,
    CreatedById: "005Hs0000000001IAA",
    Account_Id__c: null,
    Approved_At__c: { long: 1_700_000_000_000 },
    Approved_By_Id__c: null,
    Order_Id__c: { string: "801Hs0000000001IAA" },
    Order_Modified_At__c: null,
    Order_Number__c: null,
    Request_Key__c: { string: key },
    Request_Type__c: null,
    Total_Amount__c: { double: 12.5 },
  };
}

const keyOf = (event: ClientEvent): unknown => event.payload["Request_Key__c"];

test("the popular client publishes, subscribes, asks for more, and resumes from a replay id", async (context) => {
  const { open, mailbox } = await start(context);
  const publisher = await open();
  const first = await publisher.publish(topic, payload("one"), "my-key");
  assert.equal(first.correlationKey, "my-key");

  const batch = mailbox();
  const events = ["two", "three"].map((key) => ({ id: `id-${key}`, payload: payload(key) }));
  await publisher.publishBatch(topic, events, batch.callback);
  const answered = (await batch.next("publishResponse")) as { readonly results: readonly unknown[] };
  assert.equal(answered.results.length, 2);

  const earliest = mailbox();
  (await open()).subscribeFromEarliestEvent(topic, earliest.callback, 3);
  const received = [await earliest.nextEvent(), await earliest.nextEvent(), await earliest.nextEvent()];
  assert.deepEqual(received.map(keyOf), ["one", "two", "three"]);
  assert.equal(received[0]?.id, "my-key");
  assert.equal(received[0].replayId, first.replayId);
  assert.equal(received[0].payload["Total_Amount__c"], 12.5);
  await earliest.next("lastEvent");

  // It sends back 8 of the 10 bytes.
  const resumed = mailbox();
  const resuming = await open();
  resuming.subscribeFromReplayId(topic, resumed.callback, 1, first.replayId);
  assert.equal(keyOf(await resumed.nextEvent()), "two");
  await resumed.next("lastEvent");
  resuming.requestAdditionalEvents(topic, 1);
  assert.equal(keyOf(await resumed.nextEvent()), "three");
});

test("the popular client subscribes to what comes, with a token that it was given", async (context) => {
  const { org, open, mailbox, clients } = await start(context);
  const client = new PubSubApiClient(
    {
      authType: "user-supplied",
      accessToken: await fetchToken(org.url),
      // It takes https only, and the Pub/Sub API does not look at the scheme.
      instanceUrl: org.url.replace("http:", "https:"),
      pubSubEndpoint: org.pubsubEndpoint,
      rejectUnauthorizedSsl: false,
    },
    silent,
  );
  await client.connect();
  clients.push(client);
  const live = mailbox();
  client.subscribe(topic, live.callback);
  // An event that is earlier than the subscription is none for it.
  await subscribed(org, topic);
  await (await open()).publish(topic, payload("live"));
  assert.equal(keyOf(await live.nextEvent()), "live");
});

test("the popular client uses a managed subscription, commits, and is told of stopped and unknown ones", async (context) => {
  const { org, open, mailbox } = await start(context);
  const client = await open();
  const one = await client.publish(topic, payload("one"));
  await client.publish(topic, payload("two"));
  const managed = mailbox();
  await client.subscribeWithManagedSubscription("Running", managed.callback, 1);
  assert.equal(keyOf(await managed.nextEvent()), "one");
  await managed.next("lastEvent");
  const { id = "" } = org.core.managedSubscriptions.list().find(({ label }) => label === "Running") ?? {};
  client.commitReplayId(id, one.replayId);
  client.requestAdditionalManagedEvents(id, 1);
  assert.equal(keyOf(await managed.nextEvent()), "two");

  // The second event was not committed: after a cut it comes again.
  assert.equal(org.strike({ kind: "tcp_cut" }, { rpc: "ManagedSubscribe" }), 1);
  assert.equal((await managed.nextError()).code, 14);
  await managed.over();
  const again = mailbox();
  await (await open()).subscribeWithManagedSubscription(id, again.callback, 1);
  assert.equal(keyOf(await again.nextEvent()), "two");

  const third = await open();
  await assert.rejects(
    third.subscribeWithManagedSubscription("Stopped", managed.callback),
    /is in STOP state/,
  );
  await assert.rejects(
    third.subscribeWithManagedSubscription("Unknown", managed.callback),
    /Failed to retrieve managed event subscription/,
  );
});

test("the popular client is told of a wrong topic, a wrong token and a replay id that never was", async (context) => {
  const { org, open, mailbox, clients } = await start(context);
  const wrong = mailbox();
  (await open()).subscribe("/event/Nothing__e", wrong.callback);
  const notFound = await wrong.nextError();
  assert.equal(notFound.code, 5);
  assert.deepEqual(notFound.metadata.get("error-code"), ["sfdc.platform.eventbus.grpc.topic.not.found"]);

  const corrupted = mailbox();
  (await open()).subscribeFromReplayId(topic, corrupted.callback, 1, 5);
  const refused = await corrupted.nextError();
  assert.deepEqual(refused.metadata.get("error-code"), [
    "sfdc.platform.eventbus.grpc.subscription.fetch.replayid.corrupted",
  ]);

  const stranger = new PubSubApiClient(
    {
      authType: "user-supplied",
      accessToken: `${org.orgId.slice(0, 15)}!wrong`,
      instanceUrl: "https://127.0.0.1",
      pubSubEndpoint: org.pubsubEndpoint,
      rejectUnauthorizedSsl: false,
    },
    silent,
  );
  await stranger.connect();
  clients.push(stranger);
  const rejected = mailbox();
  stranger.subscribe(topic, rejected.callback);
  assert.equal((await rejected.nextError()).code, 16);
});
