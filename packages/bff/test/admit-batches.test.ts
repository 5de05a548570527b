import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { schemasOf } from "../src/store/database.ts";
import type { RequestEvent } from "../src/store/incoming-batch.ts";
import { openPgliteDatabase } from "../src/store/pglite-database.ts";
import { admitEvents, approval, openLedger, orderIdOf } from "./support/ledger.ts";
import type { Ledger } from "./support/ledger.ts";

/** What happens: a batch comes in, or its order, or the whole deployment, is brought into another state. */
type Happening =
  | { readonly kind: "batch"; readonly events: readonly RequestEvent[]; readonly again: boolean }
  | { readonly kind: "order"; readonly order: number; readonly state: "held" | "customer" | "completed" }
  | { readonly kind: "mode"; readonly mode: "live" | "observe" };

const order = fc.integer({ min: 1, max: 4 });

/** Ids and keys are few, so that they are used again, for the same payload and for another. */
const event = fc
  .record({
    id: fc.integer({ min: 1, max: 12 }),
    order,
    counter: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom("provision", "provision", "provision", "cancel"),
    key: fc.constantFrom("own", "own", "own", "none", "of another order"),
    isOld: fc.boolean(),
  })
  .map(({ id, order: n, counter, kind, key, isOld }) => {
    const keyOrder = orderIdOf(key === "of another order" ? (n % 4) + 1 : n);
    return approval(n, {
      eventId: `event-${id}`,
      kind,
      requestKey: key === "none" ? null : `${keyOrder}-${counter}-${kind === "cancel" ? "C" : "P"}`,
      approvedAt: isOld && counter === 1 ? "2025-06-01T00:00:00.000Z" : "2026-11-24T10:00:00.000Z",
    });
  });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("batch" as const),
      events: fc.array(event, { minLength: 1, maxLength: 8 }),
      again: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("order" as const),
      order,
      state: fc.constantFrom("held" as const, "customer" as const, "completed" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("mode" as const),
      mode: fc.constantFrom("live" as const, "observe" as const),
    }),
  },
);

test("admits any batches of any events as if each had come alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-batches-"));
  const open = () => openPgliteDatabase(folder, schemasOf("sluice"));
  const ledger = await openLedger({ kind: "pglite", open });
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 6 }), async (happenings) => {
      const together = await outcomeOf(ledger, happenings, (events) => [events]);
      const alone = await outcomeOf(ledger, happenings, (events) => events.map((each) => [each]));
      assert.deepEqual(together, alone);
    }),
    { numRuns: Number(process.env["SLUICE_PROPERTY_RUNS"] ?? 12) },
  );
  await ledger.store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function outcomeOf(
  ledger: Ledger,
  happenings: readonly Happening[],
  split: (events: readonly RequestEvent[]) => readonly (readonly RequestEvent[])[],
) {
  const { store } = ledger;
  await store.query(
    `TRUNCATE inbox, quarantine, order_revision, step, step_dependency, effect, fallout, journal, order_stream,
              dirty_order, job RESTART IDENTITY CASCADE`,
  );
  await store.query("UPDATE deployment SET mode = 'live'");
  const admissions: unknown[] = [];
  for (const each of happenings) {
    if (each.kind === "mode") await store.query("UPDATE deployment SET mode = $1", [each.mode]);
    else if (each.kind === "order") await bringTo(ledger, orderIdOf(each.order), each.state);
    else {
      for (let time = 0; time <= Number(each.again); time += 1) {
        for (const part of split(each.events)) {
          for (const admission of await admitEvents(ledger, part)) {
            admissions.push({ ...admission, revisionId: null });
          }
        }
      }
    }
  }
  return { admissions, ...(await contents(ledger)) };
}

async function bringTo({ store }: Ledger, orderId: string, state: string): Promise<void> {
  const { rows } = await store.query<{ revision_id: number }>(
    `UPDATE order_revision SET state = $2
     WHERE order_id = $1 AND state IN ('queued', 'held', 'customer') RETURNING revision_id`,
    [orderId, state],
  );
  const step =
    state === "completed"
      ? "state = 'done', result = '{}'"
      : "state = 'failed', error_class = 'permanent', result = NULL";
  for (const row of rows)
    await store.query(`UPDATE step SET ${step} WHERE revision_id = $1`, [row.revision_id]);
}

/** Everything that an admission writes, with request keys in place of numbers. */
async function contents({ store }: Ledger) {
  const read = async (text: string) => (await store.query(text)).rows;
  return {
    inbox: await read(
      `SELECT event_id, payload, source, deliveries, last_delivered_at, disposition, i.order_id, i.request_key,
              r.request_key AS revision
       FROM inbox i LEFT JOIN order_revision r USING (revision_id) ORDER BY event_id`,
    ),
    quarantine: await read(
      "SELECT event_id, payload, reason, detail FROM quarantine ORDER BY event_id, raw_digest",
    ),
    revisions: await read(
      `SELECT r.order_id, r.request_key, r.state, r.approved_at, r.event_total, r.received_at,
              bearer.request_key AS absorbed_by
       FROM order_revision r LEFT JOIN order_revision bearer ON bearer.revision_id = r.absorbed_by
       ORDER BY r.request_key`,
    ),
    steps: await read(
      `SELECT request_key, name, step.state, attempt FROM step JOIN order_revision USING (revision_id)
       ORDER BY request_key, name`,
    ),
    jobs: await read(
      `SELECT request_key, attempt FROM job
       JOIN step ON job.id LIKE 'step-' || step_id || '-%' JOIN order_revision USING (revision_id)
       ORDER BY request_key, job.id`,
    ),
    journal: await read(
      `SELECT j.order_id, entry_no, kind, detail, request_key FROM journal j
       LEFT JOIN order_revision USING (revision_id) ORDER BY j.order_id, entry_no`,
    ),
    dirty: await read(
      `SELECT d.order_id, dirty_seq, activation, request_key FROM dirty_order d
       JOIN order_revision USING (revision_id) ORDER BY d.order_id`,
    ),
  };
}
