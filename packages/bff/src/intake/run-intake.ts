import type { PubSubClient, StreamItem } from "@sluice/pubsub";
import type { Admission } from "../store/admission.ts";
import type { IncomingBatch, IncomingEvent } from "../store/incoming-batch.ts";
import type { IntakePosition } from "../store/intake-position.ts";
import { StoreError } from "../store/store-error.ts";
import type { ReadEvent } from "./decode-batch.ts";
import { toIncoming } from "./decode-batch.ts";
import type { IntakeStatus } from "./intake-status.ts";
import { storeInTurn } from "./store-in-turn.ts";

const BASE_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

/** A batch that was stored, for logs and metrics. */
export type HandOff = { readonly admissions: readonly Admission[]; readonly durationMs: number };

export type IntakeDeps = {
  readonly client: Pick<PubSubClient, "subscribe">;
  readonly topic: string;
  readonly readEvent: ReadEvent;
  readonly status: IntakeStatus;
  /** Takes the topic over and says where to go on. */
  takePosition(): Promise<IntakePosition>;
  admit(batch: IncomingBatch): Promise<readonly Admission[]>;
  /** Notes a break in continuity; returns the gap's number. */
  openGap(rejected: Uint8Array): Promise<number>;
  /** How many events there is room for. */
  capacity(): number;
  now(): number;
  random(): number;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  onHandOff(handOff: HandOff): void;
  onProblem(message: string): void;
};

/**
 * Pulls the topic into the store until `signal` aborts or another subscriber takes over. The client survives whatever
 * happens to the stream; this loop survives what happens to the store: it begins again at the stored position, so that
 * a batch whose commit failed is delivered once more.
 */
export async function runIntake(deps: IntakeDeps, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const position = await deps.takePosition();
      deps.status.replayId = position.replayId;
      deps.status.movedAtMs = position.movedAtMs;
      await pull(deps, position, signal, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof StoreError && error.code === "stale_epoch") {
        deps.status.become("superseded", error.message);
        deps.onProblem(error.message);
        return;
      }
      failures += 1;
      const message = error instanceof Error ? error.message : String(error);
      deps.status.become("backing_off", message);
      deps.onProblem(message);
      const fullMs = Math.min(BASE_DELAY_MS * 2 ** Math.min(failures - 1, 10), MAX_DELAY_MS);
      await deps.sleep(Math.round(fullMs * deps.random()), signal).catch(() => undefined);
    }
  }
  deps.status.become("stopped");
}

/** Beyond this a larger batch costs an event no less. */
const FULL_BATCH = 500;

/**
 * While one batch commits, what comes is made sense of and joined to the next one; they are stored strictly one after
 * another. A commit that fails ends the subscription, and what waits behind it goes with it.
 */
async function pull(
  deps: IntakeDeps,
  position: IntakePosition,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const from =
    position.replayId === null
      ? ({ kind: "earliest" } as const)
      : ({ kind: "after", replayId: position.replayId } as const);
  const failing = new AbortController();
  const items = deps.client.subscribe(deps.topic, {
    position: from,
    capacity: () => deps.capacity(),
    signal: AbortSignal.any([signal, failing.signal]),
  });
  const turns = storeInTurn<PreparedItem>({
    join,
    isFull: (item) => item.kind === "events" && item.events.length >= FULL_BATCH,
    async store(item) {
      try {
        await store(deps, position, item);
        onProgress();
      } catch (error) {
        failing.abort();
        throw error;
      }
    },
  });
  try {
    for await (const item of items) await turns.add(prepare(deps, item));
  } finally {
    await turns.finished();
  }
}

type PreparedItem = PreparedEvents | Discontinuity;
type Discontinuity = Extract<StreamItem, { readonly kind: "discontinuity" }>;
type PreparedEvents = Omit<Extract<StreamItem, { readonly kind: "batch" }>, "kind" | "events"> & {
  readonly kind: "events";
  readonly events: readonly IncomingEvent[];
};

function prepare(deps: IntakeDeps, item: StreamItem): PreparedItem {
  if (item.kind === "discontinuity") return item;
  const events = item.events.map((event) => toIncoming(event, deps.readEvent));
  return { ...item, kind: "events", events };
}

/** Both at the later one's position; they came in when the earlier one did. */
function join(waiting: PreparedItem, added: PreparedItem): PreparedItem | undefined {
  if (waiting.kind !== "events" || added.kind !== "events") return undefined;
  const events = waiting.events.length === 0 ? added.events : [...waiting.events, ...added.events];
  return { ...added, events, receivedAtMs: waiting.receivedAtMs };
}

async function store(deps: IntakeDeps, position: IntakePosition, prepared: PreparedItem): Promise<void> {
  if (prepared.kind === "discontinuity") {
    // Only a start at the latest event has no position to lose, and the intake never starts there.
    const gap = await deps.openGap(prepared.rejected ?? new Uint8Array());
    deps.onProblem(
      `Salesforce no longer knows the stored position: gap ${gap} was opened and reading went on from the earliest event it keeps. ` +
        "Orders approved before that may be missing; see the gap.",
    );
    return;
  }
  const { events } = prepared;
  const { orgId, topic, epoch } = position;
  const admissions = await deps.admit({
    orgId,
    topic,
    source: "stream",
    epoch,
    events,
    position: prepared.position,
    receivedAt: new Date(prepared.receivedAtMs).toISOString(),
  });
  const nowMs = deps.now();
  deps.status.replayId = prepared.position;
  deps.status.movedAtMs = nowMs;
  deps.status.received += events.length;
  if (events.length > 0) deps.status.lastEventAt = new Date(nowMs).toISOString();
  deps.onHandOff({ admissions, durationMs: nowMs - prepared.receivedAtMs });
}
