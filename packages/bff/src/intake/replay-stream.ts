import type { ReceivedEvent, StartPosition } from "@sluice/pubsub";
import { recordAct } from "../store/act.ts";
import type { Admission } from "../store/admission.ts";
import { replayIdBefore } from "../store/intake-position.ts";
import { rawDigest } from "../store/quarantine.ts";
import { lockQuarantinedEvents, resolveQuarantined } from "../store/quarantine-resolution.ts";
import type { ReplayMark } from "../store/replay-marks.ts";
import { broughtSince, readReplayMark } from "../store/replay-marks.ts";
import type { StoreTransaction } from "../store/store.ts";
import { tryOut } from "../store/trial.ts";
import type { Outcome, Tally } from "./admission-tally.ts";
import { Foresight, emptyTally, outcomeOf, tallyOf } from "./admission-tally.ts";
import { toIncoming } from "./decode-batch.ts";
import type { Ordered, OutsideDeps, TellProgress } from "./outside-stream.ts";
import { orgOf } from "./outside-stream.ts";
import type { Patience, ReadingDeps, ReadingEnd } from "./short-subscription.ts";
import { readForAWhile } from "./short-subscription.ts";

/** From where the stream is read once more. */
export type ReplayPlace =
  | { readonly kind: "earliest" }
  /** What was received from this time on; ISO 8601. */
  | { readonly kind: "at"; readonly at: string }
  /** What follows this event. */
  | { readonly kind: "after"; readonly replayId: Uint8Array };

export type ReplayStreamDeps = OutsideDeps & ReadingDeps & { readonly patience: Patience };

export type StreamReplayResult = {
  readonly dryRun: boolean;
  /** The replay id that it began after, in hexadecimal; null for the earliest event. */
  readonly after: string | null;
  /** Events that came: each counts against what the org may deliver in a day. */
  readonly delivered: number;
  /** Those of them that the stream had not passed by itself meanwhile. */
  readonly read: number;
  readonly outcomes: Tally;
  readonly end: ReadingEnd;
};

/**
 * Reads the stream once more from a place on, beside the live subscription and without moving its position, until it
 * meets what the stream had brought when the replay began. What is new is admitted; what is known stays as it is.
 *
 * A preview reads the same events, tries each portion out and takes it back.
 *
 * @throws {CommandRefused} `replay_id_rejected`, `stream_unavailable`
 */
export async function replayStream(
  deps: ReplayStreamDeps,
  place: ReplayPlace,
  ordered: Ordered,
  tell: TellProgress,
  signal: AbortSignal,
): Promise<StreamReplayResult> {
  const { store, topic } = deps;
  const { actor, dryRun } = ordered;
  const orgId = orgOf(deps);
  const mark = await readReplayMark(store.database, { orgId, topic });
  const position = await startOf(deps, place);
  const after = position.kind === "after" ? hex(position.replayId) : null;
  const foresight = dryRun ? new Foresight() : null;
  const counts = { delivered: 0, read: 0, outcomes: emptyTally };
  const end = await readForAWhile(
    deps,
    { topic, position, patience: deps.patience },
    async (events, reached) => {
      if (!dryRun && counts.delivered === 0) {
        // Said as soon as it is certain that it begins: a process may die before the end.
        await recordAct(store.database, { orgId, actor, kind: "replay_started", detail: { topic, after } });
      }
      const { ours, meets } = await untilMark(deps, mark, events, reached);
      const told = await replayPortion(deps, ours, ordered, foresight);
      counts.delivered += events.length;
      counts.read += ours.length;
      counts.outcomes = tallyOf(told, counts.outcomes);
      tell({ ...counts });
      if (meets === "mark") return "enough";
      return meets === "newest" ? "hurry" : "more";
    },
    signal,
  );
  const result = { dryRun, after, ...counts, end };
  if (!dryRun) {
    const detail = { topic, after, end, delivered: counts.delivered, read: counts.read, ...counts.outcomes };
    await recordAct(store.database, { orgId, actor, kind: "replayed", detail });
  }
  return result;
}

async function startOf(deps: ReplayStreamDeps, place: ReplayPlace): Promise<StartPosition> {
  if (place.kind !== "at") return place;
  const { topic } = deps;
  const replayId = await replayIdBefore(deps.store.database, { orgId: orgOf(deps), topic }, place.at);
  return replayId === null ? { kind: "earliest" } : { kind: "after", replayId };
}

/**
 * Those events of a portion that come before the mark. The newest event of the inbox alone is no end: after a break in
 * continuity the inbox is not in the bus's order, so that more may follow, at once if at all.
 */
async function untilMark(
  deps: ReplayStreamDeps,
  mark: ReplayMark,
  events: readonly ReceivedEvent[],
  reached: Uint8Array,
): Promise<{ readonly ours: readonly ReceivedEvent[]; readonly meets: "mark" | "newest" | "nothing" }> {
  const { store, topic } = deps;
  const position = mark.position === null ? null : hex(mark.position);
  const passed = await broughtSince(
    store.database,
    { orgId: orgOf(deps), topic },
    mark,
    events.map(({ id }) => id),
  );
  const firstPassed = events.findIndex(({ id }) => passed.has(id));
  const last = events.findIndex(({ replayId }) => hex(replayId) === position);
  if (firstPassed !== -1) return { ours: events.slice(0, firstPassed), meets: "mark" };
  if (last !== -1) return { ours: events.slice(0, last + 1), meets: "mark" };
  if (hex(reached) === position) return { ours: events, meets: "mark" };
  const meetsNewest = events.some(({ id }) => id === mark.newest?.eventId);
  return { ours: events, meets: meetsNewest ? "newest" : "nothing" };
}

async function replayPortion(
  deps: ReplayStreamDeps,
  events: readonly ReceivedEvent[],
  { actor, dryRun }: Ordered,
  foresight: Foresight | null,
): Promise<readonly Outcome[]> {
  if (events.length === 0) return [];
  const work = (tx: StoreTransaction) => admitPortion(deps, tx, events, actor);
  const became = await (dryRun ? tryOut(deps.store, work) : deps.store.transaction(work));
  return became.map((one) => {
    if (one === "inQuarantine") return one;
    return foresight === null ? outcomeOf(one) : foresight.outcomeOf(one);
  });
}

/**
 * Quarantine and inbox stay disjoint: what a person discarded is not admitted by the back door, and what makes sense by
 * now leaves the quarantine as by a re-injection.
 */
async function admitPortion(
  deps: ReplayStreamDeps,
  tx: StoreTransaction,
  events: readonly ReceivedEvent[],
  actor: string,
): Promise<readonly (Admission | "inQuarantine")[]> {
  const orgId = orgOf(deps);
  const { topic } = deps;
  const at = new Date(deps.now()).toISOString();
  const ids = events.map(({ id }) => id);
  const quarantined = new Map(
    (await lockQuarantinedEvents(tx, orgId, topic, ids)).map((known) => [
      `${known.eventId} ${known.rawDigest}`,
      known,
    ]),
  );
  const inQuarantine = (event: ReceivedEvent) =>
    quarantined.size === 0 ? undefined : quarantined.get(`${event.id} ${rawDigest(event.raw)}`);
  const toAdmit = events.filter((event) => inQuarantine(event)?.state !== "discarded");
  const admissions = await deps.admit(tx, {
    orgId,
    topic,
    source: "replay",
    events: toAdmit.map((event) => toIncoming(event, deps.readEvent)),
    receivedAt: at,
  });
  const became: (Admission | "inQuarantine")[] = events
    .filter((event) => !toAdmit.includes(event))
    .map(() => "inQuarantine");
  const released: number[] = [];
  for (const [index, admission] of admissions.entries()) {
    const event = toAdmit[index];
    const known = event === undefined ? undefined : inQuarantine(event);
    if (admission.kind === "quarantined") {
      became.push(known === undefined ? admission : "inQuarantine");
      continue;
    }
    if (known?.state === "open") released.push(known.id);
    became.push(admission);
  }
  if (released.length > 0) {
    await resolveQuarantined(tx, released, "reinjected", { actor, at, note: "by a replay" });
  }
  return became;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
