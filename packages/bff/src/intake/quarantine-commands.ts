import { CommandRefused } from "../orders/command-refused.ts";
import type { QuarantineReason } from "../orders/quarantined.ts";
import { recordAct } from "../store/act.ts";
import type { Admission } from "../store/admission.ts";
import type {
  QuarantineCount,
  QuarantineFilter,
  QuarantinedContent,
  QuarantinedEvent,
} from "../store/quarantine-list.ts";
import {
  countQuarantined,
  listQuarantined,
  openQuarantined,
  readQuarantined,
} from "../store/quarantine-list.ts";
import { lockOpenQuarantined, resolveQuarantined } from "../store/quarantine-resolution.ts";
import { tryOut } from "../store/trial.ts";
import type { Ordered, TellProgress } from "./outside-stream.ts";
import { orgOf } from "./outside-stream.ts";
import type { Chosen, ReinjectDeps, ReinjectResult } from "./reinject.ts";
import { alreadyDecided, readAgain, reinject } from "./reinject.ts";

/** Which events an order of a person is about: those that it names, or all open ones of a reason or of any. */
export type Selection =
  | { readonly kind: "named"; readonly ids: readonly number[] }
  | { readonly kind: "all"; readonly reason: QuarantineReason | null };

/** What a re-injection would make of the event now. */
export type WouldBecome =
  | { readonly kind: "admission"; readonly admission: Admission }
  | { readonly kind: "unknown"; readonly why: string };

export type Inspection = { readonly event: QuarantinedContent; readonly now: WouldBecome | null };

export type DiscardResult = {
  readonly dryRun: boolean;
  readonly chosen: number;
  readonly discarded: number;
  readonly decidedMeanwhile: number;
};

/** What people can do about events that were put aside. */
export type QuarantineCommands = {
  list(filter: QuarantineFilter): Promise<readonly QuarantinedEvent[]>;
  count(): Promise<readonly QuarantineCount[]>;
  /** @throws {CommandRefused} `unknown_event` */
  inspect(id: number, signal: AbortSignal): Promise<Inspection>;
  /** @throws {CommandRefused} `unknown_event`, `already_decided` */
  choose(selection: Selection): Promise<Chosen>;
  /** @see reinject */
  reinject(
    chosen: Chosen,
    ordered: Ordered & { readonly note: string | null },
    tell: TellProgress,
    signal: AbortSignal,
  ): Promise<ReinjectResult>;
  /** Decides that the events ask for nothing: nothing is deleted. @throws {CommandRefused} `already_decided` */
  discard(chosen: Chosen, ordered: Ordered & { readonly note: string }): Promise<DiscardResult>;
};

export function quarantineCommands(deps: ReinjectDeps): QuarantineCommands {
  const { store } = deps;
  return {
    list: (filter) => listQuarantined(store.database, orgOf(deps), filter),
    count: () => countQuarantined(store.database, orgOf(deps)),
    async inspect(id, signal) {
      const [event] = await readQuarantined(store.database, orgOf(deps), [id]);
      if (event === undefined) throw unknownEvents([id]);
      return { event, now: event.state === "open" ? await wouldBecome(deps, id, signal) : null };
    },
    async choose(selection) {
      const orgId = orgOf(deps);
      if (selection.kind === "all") {
        return { ids: await openQuarantined(store.database, orgId, selection.reason), named: false };
      }
      const ids = [...new Set(selection.ids)];
      const found = await readQuarantined(store.database, orgId, ids);
      const missing = ids.filter((id) => !found.some((event) => event.id === id));
      if (missing.length > 0) throw unknownEvents(missing);
      const decided = found.filter(({ state }) => state !== "open").map((event) => event.id);
      if (decided.length > 0) throw alreadyDecided(decided);
      return { ids: found.map((event) => event.id), named: true };
    },
    reinject: (chosen, ordered, tell, signal) => reinject(deps, chosen, ordered, tell, signal),
    discard: (chosen, ordered) => discard(deps, chosen, ordered),
  };
}

async function wouldBecome(deps: ReinjectDeps, id: number, signal: AbortSignal): Promise<WouldBecome> {
  try {
    const [reread] = await readAgain(deps, [id], signal);
    if (reread === undefined) throw unknownEvents([id]);
    const { incoming, content } = reread;
    const { eventId } = incoming;
    if (incoming.kind === "rejected") {
      const { reason, detail } = incoming;
      return { kind: "admission", admission: { kind: "quarantined", eventId, reason, detail } };
    }
    const { topic } = content;
    const receivedAt = new Date(deps.now()).toISOString();
    const batch = {
      orgId: orgOf(deps),
      topic,
      source: "quarantine",
      events: [incoming],
      receivedAt,
    } as const;
    const [admission] = await tryOut(deps.store, (tx) => deps.admit(tx, batch));
    if (admission === undefined) throw new Error(`nothing would become of event ${eventId}`);
    return { kind: "admission", admission };
  } catch (error) {
    if (error instanceof CommandRefused) return { kind: "unknown", why: error.message };
    throw error;
  }
}

async function discard(
  deps: ReinjectDeps,
  { ids, named }: Chosen,
  { actor, note, dryRun }: Ordered & { readonly note: string },
): Promise<DiscardResult> {
  const orgId = orgOf(deps);
  if (dryRun) return { dryRun, chosen: ids.length, discarded: ids.length, decidedMeanwhile: 0 };
  return deps.store.transaction(async (tx) => {
    const open = await lockOpenQuarantined(tx, orgId, ids);
    const decided = ids.filter((id) => !open.has(id));
    if (named && decided.length > 0) throw alreadyDecided(decided);
    const at = new Date(deps.now()).toISOString();
    if (open.size > 0) {
      await resolveQuarantined(tx, [...open], "discarded", { actor, at, note });
      await recordAct(tx, { orgId, actor, kind: "quarantine_discarded", detail: { ids: [...open], note } });
    }
    return { dryRun, chosen: ids.length, discarded: open.size, decidedMeanwhile: decided.length };
  });
}

function unknownEvents(ids: readonly number[]): CommandRefused {
  return new CommandRefused(
    "unknown",
    "unknown_event",
    `there is no event ${ids.join(", ")} in quarantine. \`sluice quarantine\` lists them by number.`,
  );
}
