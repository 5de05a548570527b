import { setTimeout as sleep } from "node:timers/promises";
import { queueClasses } from "../../packages/bff/src/queue/backend.ts";
import { schemasOf } from "../../packages/bff/src/store/database.ts";
import type { Database } from "../../packages/bff/src/store/database.ts";
import { openPostgresDatabase } from "../../packages/bff/src/store/postgres-database.ts";

const LOOK_MS = 20;

/** Steps that a second wake-up could make act again: their call is out, and what they order has no key downstream. */
const ordering = `
  SELECT step_id, attempt, module FROM sluice.step
  WHERE state = 'running' AND operation = 'add-order' AND attempt = 1
    AND started_at BETWEEN $1::timestamptz AND now() - interval '200 ms'`;

const atWork = `
  SELECT count(*) AS steps FROM sluice.step
  WHERE module = 'billing' AND (state = 'running' OR state = 'ready' AND wake_at < now() + interval '2 s')`;

/** Waits until no step is at billing, so that a worker has hands free for a second wake-up; goes on after `withinMs`. */
export async function untilBillingRests(databaseUrl: string, withinMs: number): Promise<void> {
  const database = await openPostgresDatabase(databaseUrl, schemasOf("sluice"), 1);
  try {
    const sinceMs = performance.now();
    while (performance.now() - sinceMs < withinMs) {
      const { rows } = await database.query<{ steps: number }>(atWork);
      if (rows[0]?.steps === 0) return;
      await sleep(10 * LOOK_MS);
    }
  } finally {
    await database.close();
  }
}

type RunningStep = { readonly step_id: number; readonly attempt: number; readonly module: string };

/**
 * Gives the wake-ups of steps that begin from now on out once more while they run, as a queue does that lost the note of what it gave out.
 *
 * @param beforeIt called when there are such steps.
 * @returns how many; 0 when no step ran within `withinMs`.
 */
export async function wakeTwice(
  databaseUrl: string,
  withinMs: number,
  beforeIt: () => Promise<void>,
): Promise<number> {
  const database = await openPostgresDatabase(databaseUrl, schemasOf("sluice"), 4);
  const pool = database.queuePool;
  try {
    const steps = await untilRunning(database, withinMs);
    if (steps.length === 0) return 0;
    await beforeIt();
    const { Queue } = queueClasses({ pool, schema: database.schemas.queue });
    for (const [module, group] of Map.groupBy(steps, (step) => step.module)) {
      const queue = new Queue(module, {
        connection: pool,
        defaultJobOptions: { attempts: 1, removeOnComplete: true },
      });
      queue.on("error", () => undefined);
      for (const { step_id: stepId, attempt } of group) {
        await queue.add("step", { stepId, attempt }, { jobId: `again-${stepId}` });
      }
      await queue.close();
    }
    return steps.length;
  } finally {
    await database.close();
  }
}

async function untilRunning(database: Database, withinMs: number): Promise<readonly RunningStep[]> {
  const sinceMs = performance.now();
  const [time] = (await database.query<{ begun: Date }>("SELECT now() AS begun")).rows;
  while (performance.now() - sinceMs < withinMs) {
    const { rows } = await database.query<RunningStep>(ordering, [time?.begun.toISOString()]);
    if (rows.length > 0) return rows;
    await sleep(LOOK_MS);
  }
  return [];
}
