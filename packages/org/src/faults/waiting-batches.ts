import { z } from "zod";
import type { OrgDatabase } from "../records/org-database.ts";

/** An event that was published and is not on the bus yet. */
export type WaitingEvent = {
  readonly id: string;
  readonly schemaId: string;
  readonly payload: Uint8Array;
  /** The second one of a duplicate, of which the publisher does not know. */
  readonly isCopy: boolean;
};

/** Events of one request and topic that are held back, or due at a time of the org. */
export type WaitingBatch = {
  readonly seq: number;
  readonly topic: string;
  readonly dueAtMs: number | null;
  readonly events: readonly WaitingEvent[];
};

const storedEvents = z.array(
  z.object({ id: z.string(), schemaId: z.string(), payload: z.base64(), isCopy: z.boolean() }),
);

/** What is on its way to the bus, in the database, so that a killed org does not lose it. */
export class WaitingBatches {
  readonly #statements;

  constructor(database: OrgDatabase) {
    this.#statements = {
      insert: database.prepare(
        "INSERT INTO waiting_batch (topic, due_at_ms, events) VALUES (?, ?, ?) RETURNING seq",
      ),
      erase: database.prepare("DELETE FROM waiting_batch WHERE seq = ?"),
      clear: database.prepare("DELETE FROM waiting_batch"),
      list: database.prepare("SELECT seq, topic, due_at_ms, events FROM waiting_batch ORDER BY seq"),
    };
  }

  /** To be called in the transaction that publishes the events. */
  add(batch: Omit<WaitingBatch, "seq">): WaitingBatch {
    const events = batch.events.map((event) => ({
      ...event,
      payload: Buffer.from(event.payload).toString("base64"),
    }));
    const row = this.#statements.insert.get(batch.topic, batch.dueAtMs, JSON.stringify(events));
    return { ...batch, seq: Number(row?.["seq"]) };
  }

  /** To be called in the transaction that brings the batch to the bus. */
  erase({ seq }: WaitingBatch): void {
    this.#statements.erase.run(seq);
  }

  clear(): void {
    this.#statements.clear.run();
  }

  /** In the order in which they were published. */
  list(): readonly WaitingBatch[] {
    return this.#statements.list.all().map((row) => ({
      seq: Number(row["seq"]),
      topic: String(row["topic"]),
      dueAtMs: row["due_at_ms"] === null ? null : Number(row["due_at_ms"]),
      events: storedEvents
        .parse(JSON.parse(String(row["events"])))
        .map((event) => ({ ...event, payload: Buffer.from(event.payload, "base64") })),
    }));
  }
}
