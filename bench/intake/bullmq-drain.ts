/** Two ways to bring events into BullMQ on Redis with a popular client, as its users write them. */
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { openPopularClient } from "../pubsub/popular-reader.ts";
import type { Payload } from "../pubsub/reader.ts";
import { approvalTopic } from "./approval.ts";
import type { Drain, DrainTask, Inventory } from "./contender.ts";
import type { DrainMeter } from "./drain-meter.ts";

type Received = { readonly id: string; readonly replayId: number; readonly payload: Payload };

const queueName = "provision";
const positionKey = "replay-id";
const jobsPerPage = 1_000;

export async function openBullmqDrain(task: DrainTask, isAwaited: boolean): Promise<Drain> {
  const connection = { host: "127.0.0.1", port: task.redisPort };
  const queue = new Queue(queueName, { connection });
  const redis = new Redis(connection);
  await queue.waitUntilReady();
  return {
    async run(meter) {
      const client = await openPopularClient(task.address);
      const handOver = isAwaited ? oneByOne(queue, redis, meter) : unawaited(queue, meter);
      client.subscribeFromEarliestEvent(approvalTopic, (_info, type, data) => {
        if (type === "event") {
          meter.received();
          handOver(data as Received);
        } else if (type === "error" || type === "end") {
          meter.fail(new Error(`the client told of "${type}"`, { cause: data }));
        }
      });
      await meter.finished;
      client.close();
    },
    takeInventory: () => takeInventory(queue, isAwaited ? redis : null),
    async durability() {
      const settings = ["appendonly", "appendfsync", "save"].map(async (name) => {
        const [, value = "unknown"] = await redis.config("GET", name);
        return `${name}=${value}`;
      });
      return `redis: ${(await Promise.all(settings)).join(", ")}`;
    },
    async close() {
      await queue.close();
      await redis.quit();
    },
  };
}

/** Adds and goes on. Here the answers are counted, only to know when the last job is in Redis. */
function unawaited(queue: Queue, meter: DrainMeter): (event: Received) => void {
  return (event) => {
    queue.add("order", jobOf(event)).then(
      () => meter.handedOver(1),
      (error: unknown) => meter.fail(error),
    );
  };
}

/** Adds, waits, saves the position, waits; then the next event. The client does not wait: events queue up here. */
function oneByOne(queue: Queue, redis: Redis, meter: DrainMeter): (event: Received) => void {
  let last = Promise.resolve();
  return (event) => {
    last = last.then(async () => {
      await queue.add("order", jobOf(event));
      await redis.set(positionKey, event.replayId);
      meter.handedOver(1);
    });
    last.catch((error: unknown) => meter.fail(error));
  };
}

function jobOf({ id, replayId, payload }: Received) {
  return { eventId: id, replayId, ...payload };
}

async function takeInventory(queue: Queue, position: Redis | null): Promise<Inventory> {
  const jobs = await queue.getWaitingCount();
  const orders = new Set<unknown>();
  let lastReplayId = 0;
  for (let start = 0; start < jobs; start += jobsPerPage) {
    for (const { data } of await queue.getWaiting(start, start + jobsPerPage - 1)) {
      const { Order_Id__c: orderId, replayId } = data as ReturnType<typeof jobOf> & Payload;
      orders.add(orderId);
      lastReplayId = Math.max(lastReplayId, replayId);
    }
  }
  const inventory = { "jobs in Redis": jobs, "orders in the jobs": orders.size };
  if (position === null) return inventory;
  const isSaved = Number(await position.get(positionKey)) === lastReplayId;
  return { ...inventory, "jobs up to the saved position": isSaved ? jobs : 0 };
}
