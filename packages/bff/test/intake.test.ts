import assert from "node:assert/strict";
import { PubSubError } from "@sluice/pubsub";
import type { ReceivedEvent, StartPosition, StreamItem, SubscribeOptions } from "@sluice/pubsub";
import { IntakeStatus } from "../src/intake/intake-status.ts";
import { runIntake } from "../src/intake/run-intake.ts";
import { firstStep } from "../src/provisioning/first-step.ts";
import { defaultMapping } from "../src/salesforce/mapping.ts";
import { readEvent } from "../src/salesforce/read-event.ts";
import type { Admission } from "../src/store/admission.ts";
import { admit } from "../src/store/admit.ts";
import { openGap } from "../src/store/gap.ts";
import { takePosition } from "../src/store/intake-position.ts";
import { onEachDatabase } from "./support/databases.ts";
import { countRows, goLiveAt, openLedger, orderIdOf, orgId, replayIdOf, topic } from "./support/ledger.ts";
import type { Ledger } from "./support/ledger.ts";

function received(
  n: number,
  payload: Record<string, unknown> = { Order_Id__c: orderIdOf(n) },
): ReceivedEvent {
  const raw = Buffer.from(JSON.stringify(payload));
  return { kind: "event", id: `event-${n}`, replayId: replayIdOf(n), schemaId: "schema", payload, raw };
}

const batch = (...events: readonly ReceivedEvent[]): StreamItem => ({
  kind: "batch",
  events,
  position: events.at(-1)?.replayId ?? replayIdOf(0),
  receivedAtMs: Date.parse(goLiveAt),
});

/** Runs the intake over scripted streams: each subscription plays one, and the last one's end stops the intake. */
async function runOver(
  ledger: Ledger,
  streams: readonly (readonly StreamItem[])[],
  changes: {
    readonly failFirstAdmit?: boolean;
    /** Called before each item of a stream; `firstHandOff` resolves once a batch was stored. */
    readonly beforeItem?: (index: number, firstHandOff: Promise<void>) => Promise<unknown>;
    readonly beforeAdmit?: (events: number) => Promise<unknown>;
    readonly onRead?: () => void;
  } = {},
) {
  const { store } = ledger;
  const stopping = new AbortController();
  const status = new IntakeStatus();
  const positions: StartPosition[] = [];
  const admissions: Admission[] = [];
  const problems: string[] = [];
  let toFail = changes.failFirstAdmit === true;
  const pending = [...streams];
  const handedOff = Promise.withResolvers<void>();
  async function* subscribe(_topic: string, options: SubscribeOptions): AsyncGenerator<StreamItem> {
    if (options.position !== undefined) positions.push(options.position);
    for (const [index, item] of (pending.shift() ?? []).entries()) {
      await changes.beforeItem?.(index, handedOff.promise);
      yield item;
    }
    if (pending.length === 0) stopping.abort();
  }
  await runIntake(
    {
      client: { subscribe },
      topic,
      readEvent: (payload) => {
        changes.onRead?.();
        return readEvent(payload, defaultMapping);
      },
      status,
      takePosition: () => takePosition(store.database, orgId, topic, ledger.position.epoch),
      admit: async (incoming) => {
        await changes.beforeAdmit?.(incoming.events.length);
        if (toFail) {
          toFail = false;
          throw new Error("the database went away");
        }
        return admit({ store, firstStep }, incoming);
      },
      openGap: (position) =>
        openGap(
          store.database,
          { orgId, topic },
          { cause: "replay_id_rejected", position, detail: "too old", at: "2026-11-24T10:00:00.000Z" },
        ),
      capacity: () => 100,
      now: () => 0,
      random: () => 0,
      sleep: async () => undefined,
      onHandOff(handOff) {
        admissions.push(...handOff.admissions);
        handedOff.resolve();
      },
      onProblem: (message) => problems.push(message),
    },
    stopping.signal,
  );
  return { status, positions, admissions, problems };
}

onEachDatabase("begins at the earliest event and goes on after the stored position", async (database) => {
  const ledger = await openLedger(database);
  const first = await runOver(ledger, [[batch(received(1), received(2))]]);
  assert.deepEqual(first.positions, [{ kind: "earliest" }]);
  const second = await runOver(ledger, [[]]);
  assert.ok((second.status.movedAtMs ?? 0) > 0, "the age of the position is known before it moves again");
  const [resumed] = second.positions;
  assert.ok(resumed?.kind === "after");
  assert.deepEqual(Buffer.from(resumed.replayId), Buffer.from(replayIdOf(2)));
  assert.equal(await countRows(ledger.store, "order_revision"), 2);
  await ledger.store.close();
});

onEachDatabase("takes a batch again whose commit failed, and loses nothing", async (database) => {
  const ledger = await openLedger(database);
  const events = batch(received(1));
  const prepared = batch(received(2));
  const run = await runOver(
    ledger,
    [
      [events, prepared],
      [events, prepared],
    ],
    { failFirstAdmit: true },
  );
  assert.deepEqual(run.positions, [{ kind: "earliest" }, { kind: "earliest" }]);
  assert.deepEqual(run.problems, ["the database went away"]);
  assert.deepEqual(
    run.admissions.map(({ eventId }) => eventId),
    ["event-1", "event-2"],
    "what was prepared behind the failed batch is not stored before it",
  );
  assert.equal(await countRows(ledger.store, "order_revision"), 2);
  await ledger.store.close();
});

onEachDatabase("quarantines what it cannot read and goes on", async (database) => {
  const ledger = await openLedger(database);
  const undecodable: ReceivedEvent = {
    kind: "undecodable",
    id: "event-2",
    replayId: replayIdOf(2),
    schemaId: "schema",
    raw: Buffer.from("??"),
    error: new PubSubError("payload_undecodable", topic, "the bytes do not fit the schema"),
  };
  const run = await runOver(ledger, [
    [batch(received(1, { Order_Id__c: "nonsense" }), undecodable, received(3))],
  ]);
  assert.deepEqual(
    run.admissions.map((admission) => (admission.kind === "quarantined" ? admission.reason : admission.kind)),
    ["invalid", "undecodable", "admitted"],
  );
  assert.equal(await countRows(ledger.store, "quarantine"), 2);
  await ledger.store.close();
});

onEachDatabase("opens a numbered gap when the position was refused", async (database) => {
  const ledger = await openLedger(database);
  const discontinuity: StreamItem = {
    kind: "discontinuity",
    rejected: replayIdOf(7),
    restartedAt: "earliest",
    error: new PubSubError("position_rejected", topic, "too old"),
  };
  // The process dies between the refusal and the next batch, and meets the refusal again.
  await runOver(ledger, [[discontinuity]]);
  const run = await runOver(ledger, [[discontinuity, batch(received(1))]]);
  assert.equal(await countRows(ledger.store, "gap WHERE closed_at IS NULL"), 1);
  assert.match(run.problems[0] ?? "", /gap 1 was opened/);
  assert.equal(await countRows(ledger.store, "order_revision"), 1);
  await ledger.store.close();
});

onEachDatabase("stops, and stores nothing more, once another subscriber took over", async (database) => {
  const ledger = await openLedger(database);
  const run = await runOver(ledger, [[batch(received(1)), batch(received(2))], []], {
    beforeItem: async (index, firstHandOff) => {
      if (index === 0) return;
      await firstHandOff;
      await takePosition(ledger.store.database, orgId, topic, ledger.position.epoch + 1);
    },
  });
  assert.equal(run.status.state, "superseded");
  assert.equal(await countRows(ledger.store, "inbox"), 1);
  await ledger.store.close();
});

onEachDatabase(
  "makes sense of what comes while one batch commits, and stores it as one",
  async (database) => {
    const ledger = await openLedger(database);
    const allRead = Promise.withResolvers<void>();
    let read = 0;
    const sizes: number[] = [];
    await runOver(ledger, [[batch(received(1)), batch(received(2)), batch(received(3))]], {
      onRead() {
        read += 1;
        if (read === 3) allRead.resolve();
      },
      async beforeAdmit(size) {
        sizes.push(size);
        await allRead.promise;
      },
    });
    assert.deepEqual(sizes, [1, 2]);
    const position = await takePosition(ledger.store.database, orgId, topic, ledger.position.epoch);
    assert.deepEqual(Buffer.from(position.replayId ?? []), Buffer.from(replayIdOf(3)));
    await ledger.store.close();
  },
);

onEachDatabase("sets aside what the store could never take, and goes on", async (database) => {
  const ledger = await openLedger(database);
  const id = { Order_Id__c: orderIdOf(1) };
  const run = await runOver(ledger, [
    [
      batch(
        received(1, { ...id, Order_Number__c: "0000\u0000" }),
        received(2, { ...id, Total_Amount__c: 1e18 }),
        received(3, { ...id, Request_Key__c: "k".repeat(3000) }),
        received(4, { ...id, Approved_At__c: 8.64e15 }),
        received(5),
      ),
    ],
  ]);
  assert.deepEqual(
    run.admissions.map((admission) => (admission.kind === "quarantined" ? admission.reason : admission.kind)),
    ["invalid", "invalid", "invalid", "invalid", "admitted"],
  );
  await ledger.store.close();
});
