import { queueClasses } from "./backend.ts";
import type { QueueDatabase } from "./backend.ts";
import type { StepJobData } from "./producers.ts";

export type WorkerOptions = {
  readonly queue: string;
  /** How many steps of this queue run at once in this process. */
  readonly concurrency: number;
};

export type WorkerHost = {
  /** Takes no new job and waits for the running ones. */
  close(): Promise<void>;
};

/**
 * Runs `process` for every job of the given queues. A throw of `process` is a bug or a lost database: the job is
 * dropped (the ledger's sweeper brings the step back) and `onError` is told.
 */
export async function startWorkers(
  database: QueueDatabase,
  workers: readonly WorkerOptions[],
  process: (data: StepJobData) => Promise<void>,
  onError: (queue: string, error: Error) => void,
): Promise<WorkerHost> {
  const { Worker } = queueClasses(database);
  const running = workers.map(({ queue, concurrency }) => {
    const worker = new Worker<StepJobData>(queue, (job) => process(job.data), {
      connection: database.pool,
      concurrency,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      // With the defaults a killed worker's job came back after 60 s, and a second kill marked it failed.
      lockDuration: 5_000,
      stalledInterval: 1_000,
      maxStalledCount: 1_000_000,
      drainDelay: 5,
    });
    worker.on("error", (error) => onError(queue, error));
    worker.on("failed", (_job, error) => onError(queue, error));
    return worker;
  });
  await Promise.all(running.map((worker) => worker.waitUntilReady()));
  return {
    async close() {
      await Promise.all(running.map((worker) => worker.close()));
    },
  };
}
