import type { Queue } from "bullmq";
import { queueClasses } from "./backend.ts";
import type { QueueDatabase } from "./backend.ts";

/** A wake-up for one attempt of one step. It carries no state: the ledger decides what happens. */
export type StepJob = {
  /** Queue name: the step's module. */
  readonly queue: string;
  readonly stepId: number;
  readonly attempt: number;
  readonly delayMs: number;
};

/** What a worker receives. */
export type StepJobData = { readonly stepId: number; readonly attempt: number };

/** The bulk statement is planned anew each time, which costs as much as a dozen single jobs do. */
const FEW = 8;

export type Producers = {
  /** Adds the jobs in the database session of the calling context, hence in its open transaction. */
  add(jobs: readonly StepJob[]): Promise<void>;
  close(): Promise<void>;
};

/**
 * Opens one BullMQ queue per name. Each is ready before this resolves: a queue's first use inside a transaction
 * would read its schema ledger there, which hung on PGlite.
 */
export async function openProducers(
  database: QueueDatabase,
  queueNames: readonly string[],
): Promise<Producers> {
  const { Queue } = queueClasses(database);
  const queues = new Map<string, Queue>();
  for (const name of queueNames) {
    const queue = new Queue(name, {
      connection: database.pool,
      // One try for BullMQ: the ledger owns attempts, and a finished job has nothing left to say.
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    queue.on("error", () => {}); // Every failed call already rejects; without a listener it would end the process.
    await queue.waitUntilReady();
    queues.set(name, queue as unknown as Queue);
  }
  return {
    async add(jobs) {
      for (const [name, group] of Map.groupBy(jobs, (job) => job.queue)) {
        const queue = queues.get(name);
        if (queue === undefined) throw new Error(`no queue named ${name}: the plan names an unknown module`);
        const bullJobs = group.map((job) => toBullJob(job));
        if (group.length > FEW) await queue.addBulk(bullJobs);
        else for (const { name: jobName, data, opts } of bullJobs) await queue.add(jobName, data, opts);
      }
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

function toBullJob(job: StepJob) {
  const data: StepJobData = { stepId: job.stepId, attempt: job.attempt };
  return {
    name: "step",
    data,
    // The same wake-up twice is one job while the first is alive; more than that nobody may rely on.
    opts: { jobId: `step-${job.stepId}-${job.attempt}`, delay: job.delayMs },
  };
}
