import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { html } from "../src/pages/html.ts";
import { OrgStartError } from "../src/org-start-error.ts";
import { serveOrg } from "../src/serve-org.ts";
import type { ServeOrgOptions } from "../src/serve-org.ts";
import { fakeCore, operatorId } from "./server-fake-core.ts";
import { fetchToken, serve, temporaryFolder } from "./server-harness.ts";

const orderId = "801000000000001AAA";

function rows() {
  return {
    User: [{ Id: operatorId, Username: "operator@sluice.test", IsActive: true, Name: "Olga" }],
    Account: [{ Id: "001000000000001AAA", Name: "<script>alert(1)</script>" }],
    Order: [{ Id: orderId, OrderNumber: "00000101", Status: "Draft", AccountId: "001000000000001AAA" }],
    OrderItem: [{ Id: "802000000000001AAA", OrderId: orderId, Quantity: 3 }],
  };
}

async function signIn(context: TestContext, options: Partial<ServeOrgOptions> = {}) {
  const core = fakeCore(rows());
  const org = await serve(context, core, options);
  const post = (
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ) =>
    fetch(org.url + path, {
      method: "POST",
      redirect: "manual",
      headers: { origin: org.url, ...headers },
      body: new URLSearchParams(form),
    });
  const signedIn = await post("/login", { username: "operator@sluice.test", password: "sluice-demo" });
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const get = (path: string) => fetch(org.url + path, { headers: { cookie }, redirect: "manual" });
  return { core, org, post, get, cookie, signedIn };
}

test("pages lead to the sign-in, and the right password leads back", async (context) => {
  const { org, post, signedIn, get } = await signIn(context);
  const stranger = await fetch(`${org.url}/`, { redirect: "manual" });
  assert.deepEqual([stranger.status, stranger.headers.get("location")], [303, "/login"]);
  assert.deepEqual([signedIn.status, signedIn.headers.get("location")], [303, "/"]);
  assert.match(signedIn.headers.get("set-cookie") ?? "", /; HttpOnly; SameSite=Lax$/);
  const wrong = await post("/login", { username: "operator@sluice.test", password: "x" });
  assert.deepEqual([wrong.status, wrong.headers.get("set-cookie")], [401, null]);
  assert.match(await (await get("/")).text(), /00000101/);
});

test("values are escaped, and the policy allows no inline script", async (context) => {
  const { get } = await signIn(context);
  const list = await get("/");
  const text = await list.text();
  assert.ok(text.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
  assert.ok(!text.includes("<script>alert"));
  assert.match(list.headers.get("content-security-policy") ?? "", /script-src 'self';/);
  assert.equal(html`<a title="${`"'<&>`}"></a>`.markup, '<a title="&quot;&#39;&lt;&amp;&gt;"></a>');
});

test("the order page shows lines and fields, and Approve sets the status", async (context) => {
  const lines: string[] = [];
  const { core, get, post, cookie } = await signIn(context, {
    onLine: (line) => {
      lines.push(line.text);
    },
  });
  const page = await (await get(`/orders/${orderId}`)).text();
  assert.match(page, /<button class="primary"\s*>Approve<\/button>/);
  assert.match(page, /data-field="Approved_At__c">–/);
  const approved = await post(`/orders/${orderId}/approve`, {}, { cookie });
  assert.deepEqual([approved.status, approved.headers.get("location")], [303, `/orders/${orderId}`]);
  assert.equal(core.get("Order", orderId)?.["Status"], "Approved");
  assert.match(await (await get(`/orders/${orderId}`)).text(), /<button class="primary"\s+disabled>/);
  await post(`/orders/${orderId}/cancel`, {}, { cookie });
  assert.equal(core.get("Order", orderId)?.["Status"], "Cancelled");
  assert.deepEqual(lines, ["org: Order 00000101 approved", "org: Order 00000101 cancelled"]);
});

test("a form from elsewhere, or without a session, changes nothing", async (context) => {
  const { core, org, post, cookie } = await signIn(context);
  const path = `/orders/${orderId}/approve`;
  assert.equal((await post(path, {}, { cookie, origin: "http://evil.test" })).status, 403);
  const withoutOrigin = await fetch(org.url + path, {
    method: "POST",
    headers: { cookie },
    redirect: "manual",
  });
  assert.equal(withoutOrigin.status, 403);
  assert.equal((await post(path, {})).headers.get("location"), "/login");
  assert.equal((await post("/login", {}, { origin: "http://evil.test" })).status, 403);
  assert.equal(core.get("Order", orderId)?.["Status"], "Draft");
});

test("sign-out ends the session", async (context) => {
  const { post, get, cookie } = await signIn(context);
  await post("/logout", {}, { cookie });
  assert.equal((await get("/")).headers.get("location"), "/login");
});

test("an open page hears of every change, whoever made it", async (context) => {
  const { get, org } = await signIn(context);
  const live = await get("/live");
  assert.equal(live.headers.get("content-type"), "text/event-stream");
  const reader = (live.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let heard = (await reader.read()).value ?? "";
  await fetch(`${org.url}/services/data/v67.0/sobjects/Order/${orderId}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${await fetchToken(org.url)}`, "content-type": "application/json" },
    body: JSON.stringify({ Status: "Approved" }),
  });
  while (!heard.includes(`data: ${orderId}\n\n`)) heard += (await reader.read()).value ?? "";
  await reader.cancel();
});

test("the control plane shows the bus decoded, and counts", async (context) => {
  const { core, org } = await signIn(context);
  const event = core.ping("hello");
  const read = async (path: string): Promise<unknown> => (await fetch(org.url + path)).json();
  const { events } = (await read("/__org/events")) as { events: readonly Record<string, unknown>[] };
  assert.deepEqual(events[0]?.["payload"], {
    CreatedDate: 1_700_000_000_000,
    CreatedById: operatorId,
    Text__c: "hello",
  });
  assert.deepEqual([events[0]?.["eventId"], events[0]?.["topic"]], [event.eventId, "/event/Ping__e"]);
  assert.deepEqual(await read("/__org/events?topic=/event/Other__e"), { events: [] });
  const state = (await read("/__org/state")) as { orgId: string; records: Record<string, number> };
  assert.deepEqual([state.orgId, state.records["Order"]], ["00D000000000001EAA", 1]);
});

for (const [option, variable] of [
  ["port", "ORG_PORT"],
  ["grpcPort", "ORG_GRPC_PORT"],
] as const) {
  test(`a taken ${option} is an error that names ${variable}, and nothing stays open`, async (context) => {
    const blocker = createServer();
    await new Promise<void>((resolve) => {
      blocker.listen(0, "127.0.0.1", resolve);
    });
    context.after(() => blocker.close());
    const { port } = blocker.address() as AddressInfo;
    let isClosed = false;
    const core = {
      ...fakeCore(rows()),
      close: () => {
        isClosed = true;
      },
    };
    const dataDir = await temporaryFolder(context);
    await assert.rejects(serveOrg(core, { dataDir, port: 0, grpcPort: 0, [option]: port }), (reason) => {
      assert.ok(reason instanceof OrgStartError);
      assert.equal(reason.code, "port_in_use");
      assert.equal(
        reason.message,
        `port ${port} on 127.0.0.1 is in use: stop the program that listens there, or set ${variable} to a free port`,
      );
      return true;
    });
    assert.ok(isClosed);
  });
}
