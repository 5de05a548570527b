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
import { openGap, takePosition } from "../src/store/intake-position.ts";
import { onEachDatabase } from "./support/databases.ts";
import { countRows, openLedger, orderIdOf, orgId, replayIdOf, topic } from "./support/ledger.ts";
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
  receivedAtMs: 0,
});

/** Runs the intake over scripted streams: each subscription plays one, and the last one's end stops the intake. */
async function runOver(
  ledger: Ledger,
  streams: readonly (readonly StreamItem[])[],
  changes: {
    readonly failFirstAdmit?: boolean;
    readonly beforeItem?: (index: number) => Promise<unknown>;
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
  async function* subscribe(_topic: string, options: SubscribeOptions): AsyncGenerator<StreamItem> {
    if (options.position !== undefined) positions.push(options.position);
    for (const [index, item] of (pending.shift() ?? []).entries()) {
      await changes.beforeItem?.(index);
      yield item;
    }
    if (pending.length === 0) stopping.abort();
  }
  await runIntake(
    {
      client: { subscribe },
      topic,
      readEvent: (payload) => readEvent(payload, defaultMapping),
      status,
      takePosition: () => takePosition(store.database, orgId, topic),
      admit: async (incoming) => {
        if (toFail) {
          toFail = false;
          throw new Error("the database went away");
        }
        return admit({ store, firstStep }, incoming);
      },
      openGap: (rejected) => openGap(store.database, { orgId, topic }, rejected),
      capacity: () => 100,
      now: () => 0,
      random: () => 0,
      sleep: async () => undefined,
      onHandOff: (handOff) => admissions.push(...handOff.admissions),
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
  const run = await runOver(ledger, [[events], [events]], { failFirstAdmit: true });
  assert.deepEqual(run.positions, [{ kind: "earliest" }, { kind: "earliest" }]);
  assert.deepEqual(run.problems, ["the database went away"]);
  assert.equal(await countRows(ledger.store, "order_revision"), 1);
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
    beforeItem: async (index) => {
      if (index === 1) await takePosition(ledger.store.database, orgId, topic);
    },
  });
  assert.equal(run.status.state, "superseded");
  assert.equal(await countRows(ledger.store, "inbox"), 1);
  await ledger.store.close();
});
