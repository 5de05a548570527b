import assert from "node:assert/strict";
import { PubSubError } from "@sluice/pubsub";
import type { ReceivedEvent } from "@sluice/pubsub";
import { toIncoming } from "../src/intake/decode-batch.ts";
import { quarantineCommands } from "../src/intake/quarantine-commands.ts";
import type { QuarantineCommands } from "../src/intake/quarantine-commands.ts";
import { defaultMapping } from "../src/salesforce/mapping.ts";
import { readEvent } from "../src/salesforce/read-event.ts";
import { onEachDatabase, onPostgres } from "./support/databases.ts";
import {
  admitEvents,
  approval,
  countRows,
  openLedger,
  orderIdOf,
  orgId,
  replayIdOf,
  topic,
} from "./support/ledger.ts";
import type { Ledger } from "./support/ledger.ts";
import { outsideOf } from "./support/outside.ts";

const never = new AbortController().signal;
const byAna = { actor: "cli:ana", dryRun: false, note: null } as const;
const quiet = () => undefined;
/** Today's mapping, when the event that an org deployed names the order's id otherwise. */
const renamed = {
  ...defaultMapping,
  event: { ...defaultMapping.event, fields: { ...defaultMapping.event.fields, orderId: "Order__c" } },
};

function received(n: number, payload: Record<string, unknown> | null, id = `event-${n}`): ReceivedEvent {
  const raw = Buffer.from(payload === null ? "broken" : JSON.stringify(payload));
  const envelope = { id, replayId: replayIdOf(n), schemaId: "schema", raw };
  if (payload !== null) return { ...envelope, kind: "event", payload };
  return {
    ...envelope,
    kind: "undecodable",
    error: new PubSubError("payload_undecodable", topic, "the bytes fit no schema"),
  };
}

/** The stream brings them. */
async function bring(ledger: Ledger, ...events: readonly ReceivedEvent[]): Promise<void> {
  const read = (payload: Readonly<Record<string, unknown>>) => readEvent(payload, defaultMapping, orgId);
  await admitEvents(
    ledger,
    events.map((event) => toIncoming(event, read)),
  );
}

const afterTheRepair = (ledger: Ledger): QuarantineCommands =>
  quarantineCommands(outsideOf(ledger, { readEvent: (payload) => readEvent(payload, renamed, orgId) }));

const idsOf = async (commands: QuarantineCommands) =>
  (await commands.list({ limit: 50, offset: 0 })).map(({ id }) => id).toReversed();

async function actsOf(ledger: Ledger) {
  const { rows } = await ledger.store.query<{ kind: string; actor: string }>(
    "SELECT kind, actor FROM journal WHERE order_id IS NULL ORDER BY seq",
  );
  return rows.map(({ kind, actor }) => `${kind} by ${actor}`);
}

onEachDatabase(
  "lists what was put aside, and tells all of one with what it would become now",
  async (database) => {
    const ledger = await openLedger(database);
    await bring(ledger, received(1, { Order__c: orderIdOf(1) }), received(2, null));
    const commands = afterTheRepair(ledger);
    assert.deepEqual(
      (await commands.list({ limit: 50, offset: 0 })).map(({ id, reason, state }) => ({ id, reason, state })),
      [
        { id: 2, reason: "undecodable", state: "open" },
        { id: 1, reason: "invalid", state: "open" },
      ],
    );
    assert.deepEqual(await commands.list({ limit: 50, offset: 0, state: "discarded" }), []);
    assert.deepEqual(await commands.count(), [
      { state: "open", reason: "invalid", events: 1 },
      { state: "open", reason: "undecodable", events: 1 },
    ]);
    const { event, now } = await commands.inspect(1, never);
    assert.match(event.detail, /^the event's schema has no field Order_Id__c, which the mapping reads/);
    assert.match(event.detail, /it lacks Request_Type__c, Request_Key__c, .+ too/);
    assert.deepEqual(event.payload, { Order__c: orderIdOf(1) });
    assert.deepEqual(Buffer.from(event.raw).toString(), JSON.stringify({ Order__c: orderIdOf(1) }));
    assert.ok(now?.kind === "admission" && now.admission.kind === "admitted");
    assert.equal(now.admission.disposition, "admitted");
    assert.equal(await countRows(ledger.store, "order_revision"), 0, "looking changes nothing");
    await assert.rejects(commands.inspect(99, never), { kind: "unknown", code: "unknown_event" });
    await ledger.store.close();
  },
);

onPostgres(
  "re-injects what makes sense by now, and keeps what does not with what is wrong",
  async (database) => {
    const ledger = await openLedger(database);
    await bring(
      ledger,
      received(1, { Order__c: orderIdOf(1) }),
      received(2, { Order__c: "nonsense" }),
      received(3, null),
    );
    const commands = afterTheRepair(ledger);
    const all = await commands.choose({ kind: "all", reason: null });
    const preview = await commands.reinject(all, { ...byAna, dryRun: true }, quiet, never);
    assert.deepEqual(
      { ...preview, stillOpenEvents: preview.stillOpenEvents.length, outcomes: preview.outcomes.started },
      {
        dryRun: true,
        chosen: 3,
        reinjected: 1,
        outcomes: 1,
        stillOpen: 2,
        stillOpenEvents: 2,
        decidedMeanwhile: 0,
      },
    );
    assert.equal(await countRows(ledger.store, "inbox"), 0);
    assert.equal(await countRows(ledger.store, "job"), 0);

    const progress: unknown[] = [];
    const done = await commands.reinject(all, byAna, (told) => progress.push(told), never);
    assert.deepEqual(done, { ...preview, dryRun: false });
    assert.deepEqual(progress, [
      { chosen: 3, done: 0 },
      { chosen: 3, done: 3 },
    ]);
    const { rows } = await ledger.store.query("SELECT source, disposition FROM inbox");
    assert.deepEqual(rows, [{ source: "quarantine", disposition: "admitted" }]);
    assert.equal(await countRows(ledger.store, "job"), 1);
    const [, second] = (await commands.list({ limit: 50, offset: 0 })).toReversed();
    assert.match(second?.detail ?? "", /^Order__c is "nonsense"/);
    assert.deepEqual(await commands.choose({ kind: "all", reason: "invalid" }), { ids: [2], named: false });
    assert.deepEqual(await actsOf(ledger), ["quarantine_reinjected by cli:ana"]);
    await ledger.store.close();
  },
);

onPostgres("gives an event whose id was reused an id of its own, once", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1)]);
  await bring(ledger, received(2, { Order_Id__c: orderIdOf(2) }, "event-1"));
  const commands = quarantineCommands(outsideOf(ledger));
  const ids = await idsOf(commands);
  assert.equal((await commands.inspect(ids[0] ?? 0, never)).event.reason, "id_reused");
  await commands.reinject(await commands.choose({ kind: "named", ids }), byAna, quiet, never);
  const { rows } = await ledger.store.query<{ event_id: string }>(
    "SELECT event_id FROM inbox ORDER BY inbox_id",
  );
  assert.match(rows[1]?.event_id ?? "", /^event-1~[0-9a-f]{8}$/);
  // The bus brings it again: it is neither started again nor put aside again.
  await bring(ledger, received(2, { Order_Id__c: orderIdOf(2) }, "event-1"));
  assert.deepEqual(await commands.count(), [{ state: "reinjected", reason: "id_reused", events: 1 }]);
  assert.equal(await countRows(ledger.store, "order_revision"), 2);
  await ledger.store.close();
});

onPostgres("lets one of two operators win, and starts nothing twice", async (database) => {
  const ledger = await openLedger(database);
  await bring(ledger, ...[1, 2, 3].map((n) => received(n, { Order__c: orderIdOf(n) })));
  const commands = afterTheRepair(ledger);
  const chosen = await commands.choose({ kind: "named", ids: [1, 2, 3] });
  const both = await Promise.allSettled([
    commands.reinject(chosen, byAna, quiet, never),
    commands.reinject(chosen, { ...byAna, actor: "cli:ben" }, quiet, never),
  ]);
  const [lost] = both.filter((one) => one.status === "rejected");
  assert.equal(both.filter((one) => one.status === "fulfilled").length, 1);
  assert.match(String(lost?.reason), /\[already_decided\] somebody has decided about 1, 2, 3 already/);
  assert.equal(await countRows(ledger.store, "order_revision"), 3);
  assert.equal(await countRows(ledger.store, "job"), 3);

  // In bulk the later one passes over what was decided meanwhile.
  const bulk = await commands.reinject({ ids: [1, 2, 3], named: false }, byAna, quiet, never);
  assert.deepEqual([bulk.reinjected, bulk.decidedMeanwhile], [0, 3]);
  await assert.rejects(commands.choose({ kind: "named", ids: [1] }), {
    kind: "conflict",
    code: "already_decided",
  });
  await ledger.store.close();
});

onPostgres(
  "discards with a note, deletes nothing, and does not re-inject it afterwards",
  async (database) => {
    const ledger = await openLedger(database);
    await bring(ledger, received(1, null), received(2, { Order__c: orderIdOf(2) }));
    const commands = afterTheRepair(ledger);
    const chosen = await commands.choose({ kind: "all", reason: "undecodable" });
    const ordered = { actor: "cli:ana", note: "a load test", dryRun: false };
    const preview = await commands.discard(chosen, { ...ordered, dryRun: true });
    assert.deepEqual(
      [preview.discarded, (await commands.list({ limit: 9, offset: 0, state: "open" })).length],
      [1, 2],
    );
    assert.deepEqual(await commands.discard(chosen, ordered), {
      dryRun: false,
      chosen: 1,
      discarded: 1,
      decidedMeanwhile: 0,
    });
    const { event, now } = await commands.inspect(1, never);
    assert.deepEqual(
      [event.state, event.note, event.resolvedBy, event.resolvedAt, now],
      ["discarded", "a load test", "cli:ana", "2026-11-24T12:00:00.000Z", null],
    );
    assert.deepEqual(await commands.choose({ kind: "all", reason: null }), { ids: [2], named: false });
    assert.deepEqual(await actsOf(ledger), ["quarantine_discarded by cli:ana"]);
    await ledger.store.close();
  },
);

onPostgres("leaves everything as it is while a schema cannot be had", async (database) => {
  const ledger = await openLedger(database);
  await bring(ledger, received(1, null));
  const client = { decode: () => Promise.reject(new Error("Salesforce is down")) };
  const commands = quarantineCommands(outsideOf(ledger, { client }));
  const chosen = await commands.choose({ kind: "named", ids: [1] });
  await assert.rejects(commands.reinject(chosen, byAna, quiet, never), {
    code: "schema_unavailable",
    message: /Salesforce is down.+try again later/,
  });
  const { now } = await commands.inspect(1, never);
  assert.ok(now?.kind === "unknown");
  assert.deepEqual(await commands.count(), [{ state: "open", reason: "undecodable", events: 1 }]);
  await ledger.store.close();
});
