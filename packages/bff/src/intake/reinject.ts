import type { PubSubClient } from "@sluice/pubsub";
import { CommandRefused } from "../orders/command-refused.ts";
import type { QuarantineReason } from "../orders/quarantined.ts";
import type { Admission } from "../store/admission.ts";
import type { IncomingEvent } from "../store/incoming-batch.ts";
import { recordAct } from "../store/act.ts";
import type { QuarantinedContent } from "../store/quarantine-list.ts";
import { readQuarantined } from "../store/quarantine-list.ts";
import { keepQuarantined, lockOpenQuarantined, resolveQuarantined } from "../store/quarantine-resolution.ts";
import type { StoreTransaction } from "../store/store.ts";
import { tryOut } from "../store/trial.ts";
import type { Tally } from "./admission-tally.ts";
import { Foresight, emptyTally, outcomeOf, tallyOf } from "./admission-tally.ts";
import { toIncoming } from "./decode-batch.ts";
import type { Ordered, OutsideDeps, TellProgress } from "./outside-stream.ts";
import { orgOf } from "./outside-stream.ts";

/** Events of one transaction: short locks, and progress that moves. */
const PORTION = 50;
/** How many that stay are told one by one; the list has all of them. */
const MOST_TOLD = 100;

export type ReinjectDeps = OutsideDeps & { readonly client: Pick<PubSubClient, "decode"> };

/** What makes no sense still. */
export type StillOpen = { readonly id: number; readonly reason: QuarantineReason; readonly detail: string };

export type ReinjectResult = {
  readonly dryRun: boolean;
  readonly chosen: number;
  readonly reinjected: number;
  /** What became of those. */
  readonly outcomes: Tally;
  readonly stillOpen: number;
  /** At most a hundred of them. */
  readonly stillOpenEvents: readonly StillOpen[];
  /** Decided about by somebody else since they were chosen. */
  readonly decidedMeanwhile: number;
};

export type Chosen = { readonly ids: readonly number[]; readonly named: boolean };

/** A quarantined event as today's schema and mapping read it. */
export type Reread = { readonly content: QuarantinedContent; readonly incoming: IncomingEvent };

type PortionResult = {
  readonly admissions: readonly Admission[];
  readonly stillOpen: readonly StillOpen[];
  readonly decidedMeanwhile: number;
};

/**
 * Reads quarantined events again and admits those that make sense by now, a portion at a time: admission, decision and
 * journal commit together. What makes no sense still stays, with what is wrong with it now.
 *
 * @throws {CommandRefused} `already_decided` when an event that was named is no longer open, `schema_unavailable`. What
 * earlier portions did is kept.
 */
export async function reinject(
  deps: ReinjectDeps,
  chosen: Chosen,
  ordered: Ordered & { readonly note: string | null },
  tell: TellProgress,
  signal: AbortSignal,
): Promise<ReinjectResult> {
  const foresight = new Foresight();
  let result: ReinjectResult = {
    dryRun: ordered.dryRun,
    chosen: chosen.ids.length,
    reinjected: 0,
    outcomes: emptyTally,
    stillOpen: 0,
    stillOpenEvents: [],
    decidedMeanwhile: 0,
  };
  tell({ chosen: chosen.ids.length, done: 0 });
  for (let start = 0; start < chosen.ids.length; start += PORTION) {
    signal.throwIfAborted();
    const ids = chosen.ids.slice(start, start + PORTION);
    const rereads = await readAgain(deps, ids, signal);
    const work = (tx: StoreTransaction) => reinjectPortion(deps, tx, rereads, chosen.named, ordered);
    const portion = await (ordered.dryRun ? tryOut(deps.store, work) : deps.store.transaction(work));
    const told = portion.admissions.map((admission) =>
      ordered.dryRun ? foresight.outcomeOf(admission) : outcomeOf(admission),
    );
    result = {
      ...result,
      reinjected: result.reinjected + portion.admissions.length,
      outcomes: tallyOf(told, result.outcomes),
      stillOpen: result.stillOpen + portion.stillOpen.length,
      stillOpenEvents: [...result.stillOpenEvents, ...portion.stillOpen].slice(0, MOST_TOLD),
      decidedMeanwhile: result.decidedMeanwhile + portion.decidedMeanwhile,
    };
    tell({ chosen: chosen.ids.length, done: start + ids.length });
  }
  return result;
}

/** @throws {CommandRefused} `schema_unavailable` */
export async function readAgain(
  deps: ReinjectDeps,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<readonly Reread[]> {
  const contents = await readQuarantined(deps.store.database, orgOf(deps), ids);
  const rereads: Reread[] = [];
  for (const content of contents) {
    rereads.push({ content, incoming: await rereadOne(deps, content, signal) });
  }
  return rereads;
}

async function rereadOne(
  deps: ReinjectDeps,
  content: QuarantinedContent,
  signal: AbortSignal,
): Promise<IncomingEvent> {
  const { eventId: id, schemaId, raw } = content;
  const replayId = Buffer.from(content.replayId, "hex");
  try {
    const incoming = toIncoming(
      await deps.client.decode({ id, replayId, schemaId, raw }, signal),
      deps.readEvent,
    );
    return content.reason === "id_reused" ? underItsOwnId(incoming, content) : incoming;
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandRefused(
      "conflict",
      "schema_unavailable",
      `event ${content.id} cannot be read again, because its schema ${schemaId} cannot be had at the moment (${why}). It stays as it is; try again later.`,
    );
  }
}

/** Both events are in the inbox then, and the same one gets the same id however often it is re-injected. */
function underItsOwnId(incoming: IncomingEvent, content: QuarantinedContent): IncomingEvent {
  return { ...incoming, eventId: `${content.eventId}~${content.rawDigest.slice(0, 8)}` };
}

async function reinjectPortion(
  deps: ReinjectDeps,
  tx: StoreTransaction,
  rereads: readonly Reread[],
  named: boolean,
  { actor, note }: Ordered & { readonly note: string | null },
): Promise<PortionResult> {
  const orgId = orgOf(deps);
  const at = new Date(deps.now()).toISOString();
  const ids = rereads.map(({ content }) => content.id);
  const open = await lockOpenQuarantined(tx, orgId, ids);
  const decided = ids.filter((id) => !open.has(id));
  if (named && decided.length > 0) throw alreadyDecided(decided);

  const admitted: { readonly id: number; readonly admission: Admission }[] = [];
  const stillOpen: StillOpen[] = [];
  const undecided = rereads.filter(({ content }) => open.has(content.id));
  for (const [{ content, incoming }, admission] of await admitReadable(deps, tx, undecided, at)) {
    if (admission.kind === "quarantined") {
      const reason = admission.reason as QuarantineReason;
      await keepQuarantined(tx, content.id, reason, admission.detail, incoming.payload ?? null);
      stillOpen.push({ id: content.id, reason, detail: admission.detail });
    } else {
      admitted.push({ id: content.id, admission });
    }
  }
  if (admitted.length > 0) {
    const done = admitted.map(({ id }) => id);
    await resolveQuarantined(tx, done, "reinjected", { actor, at, note });
    const detail = {
      ids: done,
      note,
      outcomes: tallyOf(admitted.map(({ admission }) => outcomeOf(admission))),
    };
    await recordAct(tx, { orgId, actor, kind: "quarantine_reinjected", detail });
  }
  return {
    admissions: admitted.map(({ admission }) => admission),
    stillOpen,
    decidedMeanwhile: decided.length,
  };
}

/** What still makes no sense must not be quarantined a second time: it is there already. */
async function admitReadable(
  deps: ReinjectDeps,
  tx: StoreTransaction,
  rereads: readonly Reread[],
  receivedAt: string,
): Promise<ReadonlyMap<Reread, Admission>> {
  const became = new Map<Reread, Admission>();
  for (const reread of rereads) {
    const { incoming } = reread;
    if (incoming.kind !== "rejected") continue;
    const { eventId, reason, detail } = incoming;
    became.set(reread, { kind: "quarantined", eventId, reason, detail });
  }
  const readable = rereads.filter((reread) => !became.has(reread));
  for (const [topic, ofTopic] of Map.groupBy(readable, ({ content }) => content.topic)) {
    const events = ofTopic.map(({ incoming }) => incoming);
    const batch = { orgId: orgOf(deps), topic, source: "quarantine", events, receivedAt } as const;
    const admissions = await deps.admit(tx, batch);
    for (const [index, admission] of admissions.entries()) {
      const reread = ofTopic[index];
      if (reread !== undefined) became.set(reread, admission);
    }
  }
  return became;
}

export function alreadyDecided(ids: readonly number[]): CommandRefused {
  return new CommandRefused(
    "conflict",
    "already_decided",
    `somebody has decided about ${ids.join(", ")} already: nothing was done. Look with \`sluice quarantine ${ids[0] ?? ""}\`.`,
  );
}
