import type { DatabaseSync } from "node:sqlite";
import type { Operation } from "../operations.ts";
import { integerColumn, nullableTextColumn, textColumn } from "./columns.ts";

/** A request as it was received. `answeredAt` stays null while (or because) nobody has heard the answer. */
export type CallRecord = {
  readonly id: number;
  readonly system: string;
  readonly operation: string;
  readonly key: string | null;
  readonly startedAt: string;
  readonly answeredAt: string | null;
  readonly status: string | null;
};

/** Something that was made. More than one with the same system, operation and key is a doubled effect. */
export type EffectRecord = {
  readonly id: number;
  readonly callId: number;
  readonly system: string;
  readonly operation: string;
  readonly key: string | null;
  /** The system's own name of what was made, such as `order 12`. */
  readonly reference: string;
  readonly madeAt: string;
};

/** The judge's records. Times are ISO strings. Every write is on disk before the function returns. */
export type CallRecords = {
  readonly begin: (operation: Operation, key: string | null, at: string) => number;
  readonly addEffect: (
    callId: number,
    operation: Operation,
    key: string | null,
    reference: string,
    at: string,
  ) => void;
  readonly answer: (callId: number, status: string, at: string) => void;
  /** Newest first. */
  readonly listCalls: (limit: number) => readonly CallRecord[];
  /** Newest first. */
  readonly listEffects: (limit: number) => readonly EffectRecord[];
};

export function createCallRecords(database: DatabaseSync): CallRecords {
  const insertCall = database.prepare(
    "INSERT INTO call (system, operation, key, started_at) VALUES (?, ?, ?, ?)",
  );
  const insertEffect = database.prepare(
    "INSERT INTO effect (call_id, system, operation, key, reference, made_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const updateAnswer = database.prepare("UPDATE call SET answered_at = ?, status = ? WHERE id = ?");
  const selectCalls = database.prepare("SELECT * FROM call ORDER BY id DESC LIMIT ?");
  const selectEffects = database.prepare("SELECT * FROM effect ORDER BY id DESC LIMIT ?");
  return {
    begin: (operation, key, at) =>
      Number(insertCall.run(operation.system, operation.operation, key, at).lastInsertRowid),
    addEffect: (callId, operation, key, reference, at) => {
      insertEffect.run(callId, operation.system, operation.operation, key, reference, at);
    },
    answer: (callId, status, at) => {
      updateAnswer.run(at, status, callId);
    },
    listCalls: (limit) =>
      selectCalls.all(limit).map((row) => ({
        id: integerColumn(row, "id"),
        system: textColumn(row, "system"),
        operation: textColumn(row, "operation"),
        key: nullableTextColumn(row, "key"),
        startedAt: textColumn(row, "started_at"),
        answeredAt: nullableTextColumn(row, "answered_at"),
        status: nullableTextColumn(row, "status"),
      })),
    listEffects: (limit) =>
      selectEffects.all(limit).map((row) => ({
        id: integerColumn(row, "id"),
        callId: integerColumn(row, "call_id"),
        system: textColumn(row, "system"),
        operation: textColumn(row, "operation"),
        key: nullableTextColumn(row, "key"),
        reference: textColumn(row, "reference"),
        madeAt: textColumn(row, "made_at"),
      })),
  };
}
