import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMetrics } from "../src/telemetry/metrics.ts";
import { openPortal } from "../src/portal/open-portal.ts";
import type { Portal, PortalDeps } from "../src/portal/open-portal.ts";
import { portalReads } from "../src/portal/portal-reads.ts";
import { ChangeSignal } from "../src/store/change-signal.ts";
import { schemasOf } from "../src/store/database.ts";
import { appendJournal } from "../src/store/journal.ts";
import { JournalTail } from "../src/store/journal-tail.ts";
import { openPgliteDatabase } from "../src/store/pglite-database.ts";
import { admitEvents, approval, openLedger, orderIdOf, orgId } from "./support/ledger.ts";
import type { Ledger } from "./support/ledger.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-portal-"));
const stopping = new AbortController();
let ledger: Ledger;
let portal: Portal;
let deps: PortalDeps;
let following: Promise<void>;
let notReady: readonly string[] = [];

before(async () => {
  ledger = await openLedger({ kind: "pglite", open: () => openPgliteDatabase(folder, schemasOf("sluice")) });
  const { store } = ledger;
  const changes = new ChangeSignal();
  const tail = new JournalTail();
  await store.onChange(() => changes.notify());
  following = tail.run(store, orgId, changes, stopping.signal, () => undefined);
  await admitEvents(ledger, [approval(1), approval(2)]);
  await store.query(
    "UPDATE order_revision SET error_code = 'X', error_message = $2, state = 'held' WHERE order_id = $1",
    [orderIdOf(2), "<script>alert('&')</script>"],
  );
  deps = {
    host: "127.0.0.1",
    port: 0,
    version: "0.0.0",
    token: "test-token",
    commandRoutes: [],
    reads: portalReads(store, () => orgId, tail),
    metrics: createMetrics().registry,
    intake: async () => ({
      orgId,
      mode: "live" as const,
      goLiveAt: null,
      leader: null,
      others: [],
      topic: "/event/T__e",
      state: "streaming" as const,
      reason: null,
      replayId: "00",
      lastEventAt: null,
      received: 2,
      quarantined: 0,
      openGaps: 0,
      outstandingCredit: 100,
    }),
    notReady: () => notReady,
    refreshGauges: async () => undefined,
    onError: (error) => assert.fail(error),
  };
  portal = await openPortal(deps);
});

after(async () => {
  stopping.abort();
  await portal.close();
  await following;
  await ledger.store.close();
  rmSync(folder, { recursive: true });
});

async function json(path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${portal.url}${path}`);
  return { status: answer.status, ...((await answer.json()) as Record<string, unknown>) };
}

/** Reads server-sent events until `count` came, then hangs up. */
async function events(
  path: string,
  count: number,
  headers: Record<string, string> = {},
  meanwhile?: () => Promise<void>,
) {
  const leaving = new AbortController();
  const answer = await fetch(`${portal.url}${path}`, { headers, signal: leaving.signal });
  assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assert.ok(answer.body !== null);
  await meanwhile?.();
  const found: { id: string; data: Record<string, unknown> }[] = [];
  let text = "";
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (const match of text.matchAll(/id: (.+)\ndata: (.+)\n\n/g)) {
      found.push({ id: match[1] ?? "", data: JSON.parse(match[2] ?? "null") as Record<string, unknown> });
    }
    text = text.slice(text.lastIndexOf("\n\n") + 2);
    if (found.length >= count) break;
  }
  leaving.abort();
  return found;
}

test("lists orders, filters them by state and counts them", async () => {
  const all = (await json("/api/orders")) as { orders: { orderId: string }[]; counts: object };
  assert.equal(all.orders.length, 2);
  assert.deepEqual(all.counts, { queued: 1, held: 1 });
  const held = (await json("/api/orders?state=held")) as unknown as { orders: { orderId: string }[] };
  assert.deepEqual(
    held.orders.map((order) => order.orderId),
    [orderIdOf(2)],
  );
  assert.equal((await json("/api/orders?state=nonsense"))["status"], 400);
});

test("tells an order's whole story, by its short id too, and says so when it knows none", async () => {
  const detail = await json(`/api/orders/${orderIdOf(1).slice(0, 15)}`);
  assert.equal(detail["orderId"], orderIdOf(1));
  assert.equal((detail["events"] as unknown[]).length, 1);
  assert.equal((detail["timeline"] as { kind: string }[])[0]?.kind, "received");
  const unknown = await json(`/api/orders/${orderIdOf(99)}`);
  assert.deepEqual([unknown["status"], unknown["code"]], [404, "order_unknown"]);
});

test("streams one order's entries and goes on after the last one a client saw", async () => {
  const { store } = ledger;
  const first = await events(`/api/orders/${orderIdOf(1)}/stream`, 1);
  assert.deepEqual(
    first.map((event) => [event.id, event.data["kind"]]),
    [["1", "received"]],
  );
  const next = await events(`/api/orders/${orderIdOf(1)}/stream`, 1, { "last-event-id": "1" }, () =>
    store.transaction((tx) =>
      appendJournal(tx, { orgId, orderId: orderIdOf(1), revisionId: 1, kind: "planned" }),
    ),
  );
  assert.deepEqual(
    next.map((event) => [event.id, event.data["kind"]]),
    [["2", "planned"]],
  );
});

test("streams all orders from now on, and from a position when a client comes back", async () => {
  const { store } = ledger;
  const write = (kind: "planned" | "duplicate") => () =>
    store.transaction((tx) => appendJournal(tx, { orgId, orderId: orderIdOf(2), revisionId: 2, kind }));
  const [seen] = await events("/api/stream", 1, {}, write("planned"));
  assert.equal(seen?.data["kind"], "planned");
  await write("duplicate")();
  const [missed] = await events("/api/stream", 1, { "last-event-id": seen?.id ?? "" });
  assert.equal(missed?.data["kind"], "duplicate");
});

test("shows pages whose texts cannot become markup, under a strict content policy", async () => {
  const answer = await fetch(`${portal.url}/`);
  const page = await answer.text();
  assert.match(page, /&lt;script&gt;alert\(&#39;&amp;&#39;\)&lt;\/script&gt;/);
  assert.doesNotMatch(page, /<script>alert/);
  assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'.*script-src 'self'/);
  const order = await (await fetch(`${portal.url}/orders/${orderIdOf(2)}`)).text();
  assert.match(order, /Order 00000002/);
  const none = await (await fetch(`${portal.url}/orders/%3Cb%3E`)).text();
  assert.match(none, /No event ever named the order &lt;b&gt;/);
});

test("describes itself, and tells whether it is alive and ready", async () => {
  const description = (await json("/api/openapi.json")) as unknown as { paths: Record<string, unknown> };
  assert.deepEqual(Object.keys(description.paths).toSorted(), [
    "/api/intake",
    "/api/orders",
    "/api/orders/{id}",
    "/api/orders/{id}/stream",
    "/api/stream",
  ]);
  assert.equal((await json("/livez"))["status"], 200);
  assert.equal((await json("/readyz"))["status"], 200);
  notReady = ["intake is starting"];
  assert.deepEqual(await json("/readyz"), { status: 503, ready: false, reasons: ["intake is starting"] });
  notReady = [];
});

test("offers the metrics that dashboards rely on", async () => {
  const text = await (await fetch(`${portal.url}/metrics`)).text();
  for (const name of [
    "sluice_events_received_total",
    "sluice_handoff_seconds",
    "sluice_intake_credit",
    "sluice_cursor_age_seconds",
    "sluice_open_gaps",
    "sluice_orders",
    "sluice_step_seconds",
  ]) {
    assert.match(text, new RegExp(`# TYPE ${name} `));
  }
});

test("names the variable to change when its port is taken", async () => {
  const taken = Number(new URL(portal.url).port);
  await assert.rejects(openPortal({ ...deps, port: taken }), {
    code: "port_in_use",
    message: /set PORT to a free one/,
  });
});
