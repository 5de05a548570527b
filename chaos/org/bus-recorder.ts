import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { FaultTally } from "../fault-tally.ts";
import type { OrgSession } from "./org-session.ts";

export const topic = "/event/OrderProvisionRequested__e";
const POLL_MS = 250;
const PAGE = 1_000;

const busPage = z.object({
  events: z.array(
    z.object({
      eventId: z.string(),
      replayId: z.string(),
      payload: z
        .looseObject({
          Order_Id__c: z.string().nullish(),
          Request_Key__c: z.string().nullish(),
          Request_Type__c: z.string().nullish(),
        })
        .nullable(),
    }),
  ),
});
const logPage = z.object({
  entries: z.array(
    z.object({
      seq: z.int(),
      kind: z.string(),
      detail: z.looseObject({ fault: z.string().optional(), eventId: z.string().optional() }),
    }),
  ),
});

/** An event as the bus held it. */
export type BusEvent = {
  readonly eventId: string;
  /** Hexadecimal. Within one generation later events have larger ones. */
  readonly replayId: string;
  readonly orderId: string | null;
  readonly requestKey: string | null;
  readonly isCancel: boolean;
};

/** The bus between two resets of the event stream; its numbers mean nothing in another one. */
export type BusGeneration = { readonly events: readonly BusEvent[] };

/**
 * Writes down all that the bus ever held and which of the org's faults fired, while the campaign kills the org and
 * resets its stream. The bus survives a kill; the log of the faults is in the org's memory and is therefore read often.
 */
export class BusRecorder {
  readonly #org: OrgSession;
  readonly #tally: FaultTally;
  readonly #generations: BusEvent[][] = [[]];
  readonly #lost = new Set<string>();
  #logSeq = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(org: OrgSession, tally: FaultTally) {
    this.#org = org;
    this.#tally = tally;
  }

  get generations(): readonly BusGeneration[] {
    return this.#generations.map((events) => ({ events }));
  }

  /** Ids of events that the org kept from the bus. */
  get lost(): ReadonlySet<string> {
    return this.#lost;
  }

  /** The newest events of this generation. */
  recent(count: number): readonly BusEvent[] {
    return this.#generations.at(-1)?.slice(-count) ?? [];
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.catchUp().catch(() => undefined);
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Reads what is new. @throws when the org does not answer. */
  catchUp(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#readLog();
      await this.#readBus();
    });
  }

  /** To be called after each start of the org: its log begins anew. */
  orgStarted(): Promise<void> {
    return this.#inTurn(async () => {
      this.#logSeq = 0;
    });
  }

  /** Resets the event stream between two readings, so that nothing of the old generation is missed. */
  resetStream(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#readLog();
      await this.#readBus();
      await this.#org.control("POST", "/stream-reset", {});
      this.#generations.push([]);
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #readLog(): Promise<void> {
    for (;;) {
      const path = `/log?after=${this.#logSeq}&kind=fault:fired,event:lost&limit=${PAGE}`;
      const { entries } = logPage.parse(await this.#org.control("GET", path));
      for (const { seq, kind, detail } of entries) {
        this.#logSeq = seq;
        if (kind === "fault:fired" && detail.fault !== undefined) this.#tally.fired(detail.fault);
        if (kind === "event:lost" && detail.eventId !== undefined) this.#lost.add(detail.eventId);
      }
      if (entries.length < PAGE) return;
    }
  }

  async #readBus(): Promise<void> {
    const generation = this.#generations.at(-1) ?? [];
    for (;;) {
      const last = generation.at(-1);
      const after = last === undefined ? "" : `&after=${last.replayId}`;
      const path = `/events?topic=${encodeURIComponent(topic)}&limit=${PAGE}${after}`;
      const { events } = busPage.parse(await this.#org.control("GET", path));
      for (const { eventId, replayId, payload } of events) {
        generation.push({
          eventId,
          replayId,
          orderId: payload?.Order_Id__c ?? null,
          requestKey: payload?.Request_Key__c ?? null,
          isCancel: payload?.Request_Type__c === "Cancel",
        });
      }
      if (events.length < PAGE) return;
    }
  }
}
