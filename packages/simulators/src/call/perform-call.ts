import type { DatabaseSync } from "node:sqlite";
import type { SimulatorClock } from "../clock.ts";
import { takeFault } from "../control/faults.ts";
import type { Fault } from "../control/faults.ts";
import { delayOf } from "../control/settings.ts";
import type { SimulatorSettings } from "../control/settings.ts";
import { qualifiedName } from "../operations.ts";
import type { Operation } from "../operations.ts";
import type { CallRecords } from "../records/call-records.ts";
import { inTransaction } from "../records/database.ts";
import type { StoredValue } from "../records/stored-value.ts";

/** What every stand-in shares. */
export type CallDesk = {
  readonly database: DatabaseSync;
  readonly records: CallRecords;
  readonly settings: StoredValue<SimulatorSettings>;
  readonly faults: StoredValue<Fault[]>;
  readonly clock: SimulatorClock;
  /** Aborts when the simulators close; calls in a delay end there and stay unanswered. */
  readonly signal: AbortSignal;
  /** One line for a person, for each effect. */
  readonly onLine: (text: string) => void;
};

/** Something made by a call. `line` tells a person. */
export type Effect = { readonly key: string | null; readonly reference: string; readonly line: string };

/** What a system decides about a call: its answer, and what it made. */
export type Outcome<Answer> = { readonly answer: Answer; readonly effects: readonly Effect[] };

/** How a call ended: with the system's own answer, or with a fault in its place. */
export type CallEnd<Answer> =
  { readonly kind: "answer"; readonly answer: Answer } | { readonly kind: "fault"; readonly fault: Fault };

export type PerformedCall<Answer> = { readonly callId: number; readonly end: CallEnd<Answer> };

/**
 * Takes one call through its stages, each on disk before the next: received, half of the delay, effect, the
 * other half. The caller sends the answer and then records it with {@link recordAnswer}.
 *
 * `act` runs in one transaction with the effect's record, so that nothing is made unrecorded.
 *
 * @throws the signal's reason when the simulators close meanwhile.
 */
export async function performCall<Answer>(
  desk: CallDesk,
  operation: Operation,
  key: string | null,
  act: (nowMs: number) => Outcome<Answer>,
): Promise<PerformedCall<Answer>> {
  const { callId, fault } = receive(desk, operation, key);
  if (fault?.kind === "refuse" && !fault.afterEffect) return { callId, end: { kind: "fault", fault } };
  const halfMs = delayOf(desk.settings.read(), operation.system) / 2;
  await pause(desk, halfMs);
  if (fault !== undefined && !fault.afterEffect) {
    await pause(desk, halfMs);
    return { callId, end: { kind: "fault", fault } };
  }
  const answer = takeEffect(desk, callId, operation, act);
  await pause(desk, halfMs);
  return { callId, end: fault === undefined ? { kind: "answer", answer } : { kind: "fault", fault } };
}

/** Notes that the answer went out on a live connection. */
export function recordAnswer(desk: CallDesk, callId: number, status: string): void {
  desk.records.answer(callId, status, isoTime(desk.clock.now()));
}

function receive(
  desk: CallDesk,
  operation: Operation,
  key: string | null,
): { readonly callId: number; readonly fault: Fault | undefined } {
  return inTransaction(desk.database, () => {
    const callId = desk.records.begin(operation, key, isoTime(desk.clock.now()));
    const taken = takeFault(desk.faults.read(), qualifiedName(operation));
    if (taken !== undefined) desk.faults.write(taken.rest);
    return { callId, fault: taken?.fault };
  });
}

function takeEffect<Answer>(
  desk: CallDesk,
  callId: number,
  operation: Operation,
  act: (nowMs: number) => Outcome<Answer>,
): Answer {
  const outcome = inTransaction(desk.database, () => {
    const nowMs = desk.clock.now();
    const decided = act(nowMs);
    for (const { key, reference } of decided.effects) {
      desk.records.addEffect(callId, operation, key, reference, isoTime(nowMs));
    }
    return decided;
  });
  for (const { line } of outcome.effects) desk.onLine(line);
  return outcome.answer;
}

async function pause(desk: CallDesk, delayMs: number): Promise<void> {
  desk.signal.throwIfAborted();
  if (delayMs > 0) await desk.clock.sleep(delayMs, desk.signal);
}

export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
