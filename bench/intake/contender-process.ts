/** One contender in a process of its own: drains the bus, tells what it took, reads back what it left, and exits. */
import { failWhenStalled } from "../pubsub/check-readings.ts";
import { peakResidentBytes } from "../pubsub/peak-memory.ts";
import type { Drain, DrainTask, Inventory } from "./contender.ts";
import { openDrainMeter } from "./drain-meter.ts";
import type { DrainReading } from "./drain-meter.ts";

export type DrainResult = DrainReading & {
  /** Of the whole process, its start included, the reading back not. */
  readonly peakBytes: number;
  readonly inventory: Inventory;
  readonly durability: string;
};

const task = JSON.parse(process.argv[2] ?? "{}") as DrainTask;
const drain = await openContender();
const meter = openDrainMeter(task.count);
failWhenStalled({ taken: () => meter.handedOverSoFar() }, task.count);
await drain.run(meter);
const reading = await meter.finished;
const peakBytes = peakResidentBytes();
const inventory = await drain.takeInventory();
const durability = await drain.durability();
await drain.close();
const result: DrainResult = { ...reading, peakBytes, inventory, durability };
process.send?.(result, () => {
  // The clients' connections would keep the process.
  process.exit(0);
});

/** Each process loads its own contender and no other. */
async function openContender(): Promise<Drain> {
  switch (task.contender) {
    case "sluice-postgres":
      return (await import("./sluice-drain.ts")).openSluiceDrain(task, task.databaseUrl);
    case "sluice-pglite":
      return (await import("./sluice-drain.ts")).openSluiceDrain(task, null);
    case "peer-unawaited":
      return (await import("./bullmq-drain.ts")).openBullmqDrain(task, false);
    case "peer-awaited":
      return (await import("./bullmq-drain.ts")).openBullmqDrain(task, true);
  }
}
