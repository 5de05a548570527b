import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { startMs, topic } from "./core-harness.ts";
import { serveProjectOrg } from "./project-org.ts";
import { fetchToken } from "./server-harness.ts";

const type = "ManagedEventSubscription";
const path = `/tooling/sobjects/${type}`;

async function connect(context: TestContext) {
  const org = await serveProjectOrg(context, { time: { nowMs: startMs, rate: 0 } });
  const token = await fetchToken(org.url);
  const call = async (method: string, url: string, body?: unknown) => {
    const answer = await fetch(`${org.url}/services/data/v67.0${url}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === "" ? null : JSON.parse(text)) as unknown };
  };
  const query = (soql: string) => call("GET", `/tooling/query?q=${encodeURIComponent(soql)}`);
  return { org, call, query };
}

const metadata = {
  label: "Orders",
  topicName: topic,
  defaultReplay: "EARLIEST",
  errorRecoveryReplay: "LATEST",
  state: "RUN",
};

test("the Tooling API creates, reads, changes, queries and deletes managed subscriptions", async (context) => {
  const { org, call, query } = await connect(context);
  const created = await call("POST", path, { FullName: "Orders", Metadata: metadata });
  assert.equal(created.status, 201);
  const { id } = created.body as { readonly id: string };
  assert.match(id, /^18x/);
  assert.deepEqual(created.body, { id, success: true, errors: [], warnings: [], infos: [] });

  const read = await call("GET", `${path}/${id}`);
  const expected = { ...metadata, version: "67.0", urls: null };
  assert.deepEqual((read.body as { readonly Metadata: unknown }).Metadata, expected);
  assert.deepEqual((read.body as { readonly attributes: unknown }).attributes, {
    type,
    url: `/services/data/v67.0${path}/${id}`,
  });

  const found = await query(
    `SELECT Id, DeveloperName, Metadata FROM ${type} WHERE DeveloperName = 'Orders' LIMIT 1`,
  );
  const { size, records } = found.body as {
    readonly size: number;
    readonly records: readonly Record<string, unknown>[];
  };
  assert.deepEqual([size, records[0]?.["Id"], records[0]?.["Metadata"]], [1, id, expected]);
  // Some clients write a slash before the question mark.
  const slashed = await call("GET", `/tooling/query/?q=${encodeURIComponent(`SELECT State FROM ${type}`)}`);
  assert.equal((slashed.body as { readonly totalSize: number }).totalSize, 1);

  org.core.managedSubscriptions.commit(id, org.core.bus.latest().replayId);
  const stopped = await call("PATCH", `${path}/${id}`, { Metadata: { ...metadata, state: "STOP" } });
  assert.deepEqual(stopped, { status: 204, body: null });
  const [subscription] = org.core.managedSubscriptions.list();
  assert.deepEqual([subscription?.state, subscription?.committed], ["STOP", null]);

  assert.equal((await call("DELETE", `${path}/${id}`)).status, 204);
  assert.equal((await call("GET", `${path}/${id}`)).status, 404);
  assert.deepEqual(org.core.managedSubscriptions.list(), []);
});

test("the Tooling API refuses what the platform refuses", async (context) => {
  const { call, query } = await connect(context);
  const created = await call("POST", path, { FullName: "Orders", Metadata: metadata });
  const { id } = created.body as { readonly id: string };
  const codeOf = (answer: { readonly status: number; readonly body: unknown }): string => {
    const [error] = answer.body as readonly { readonly errorCode: string }[];
    return `${answer.status} ${error?.errorCode ?? ""}`;
  };
  const post = (FullName: string, change: object) =>
    call("POST", path, { FullName, Metadata: { ...metadata, ...change } });
  assert.equal(codeOf(await post("Paused", { state: "PAUSE" })), "400 INVALID_INPUT");
  assert.equal(codeOf(await post("Lost", { topicName: "/event/Other__e" })), "400 INVALID_INPUT");
  assert.equal(codeOf(await post("no name", {})), "400 INVALID_INPUT");
  assert.equal(codeOf(await post("Orders", {})), "400 DUPLICATE_DEVELOPER_NAME");
  const patch = (change: object) => call("PATCH", `${path}/${id}`, { Metadata: { ...metadata, ...change } });
  assert.equal(codeOf(await patch({ topicName: "/event/Other__e" })), "400 FIELD_INTEGRITY_EXCEPTION");
  assert.equal(codeOf(await patch({ state: "PAUSE" })), "400 INVALID_INPUT");
  const soql = encodeURIComponent(`SELECT Id FROM ${type}`);
  assert.equal(codeOf(await call("GET", `/query?q=${soql}`)), "400 INVALID_TYPE");
  assert.equal(codeOf(await query("SELECT Id FROM Order")), "400 INVALID_TYPE");
  await post("Second", {});
  assert.equal(codeOf(await query(`SELECT Id, Metadata FROM ${type}`)), "400 MALFORMED_QUERY");
});
