import { setImmediate as turn } from "node:timers/promises";
import type { EmulatedOrg } from "../emulated-org.ts";
import { topic } from "../emulated-org.ts";
import { Ledger, startLife } from "./consumer.ts";
import type { ConsumerDefect, Database } from "./consumer.ts";
import { chanceOf } from "./random.ts";
import type { Chance } from "./random.ts";

/** What the run's turn of the event loop is worth on the org's clock: seconds of waiting pass in milliseconds. */
const TURN_MS = 250;
const MAX_TURNS = 40_000;

const streamFaults = [
  "stream_end_ok",
  "stream_rst",
  "stream_goaway",
  "stream_unavailable",
  "tcp_cut",
  "half_open",
] as const;

const failureCodes = [
  "service.unavailable",
  "service.auth.error",
  "service.protection.triggered",
  "subscription.internal.error",
  "subscription.fetch.replay.repeated",
  "topic.api.unavailable",
  "topic.not.found",
] as const;

/** What one run did, for the summary. */
export type RunReport = {
  readonly events: number;
  readonly crashes: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly discontinuities: number;
  readonly turns: number;
};

/**
 * One random life story of a subscription: events are published, the consumer is fast, slow or paused, its process
 * dies at any turn of the event loop, and everything that can happen to a stream happens.
 *
 * @throws when an event is lost, comes out of order, or is claimed by a stored position before it was done.
 */
export async function runOnce(
  emulated: EmulatedOrg,
  seed: number,
  defect?: ConsumerDefect,
): Promise<RunReport> {
  const chance = chanceOf(seed);
  const { org } = emulated;
  const { bus } = org.core;
  const database: Database = { position: null, done: new Set(), discontinuities: 0 };
  const ledger = new Ledger(database);
  const faults: Record<string, number> = {};
  const start = { kind: "after", replayId: new Uint8Array(bus.latest().replayId) } as const;
  const verdict: { broken: Error | undefined } = { broken: undefined };
  let last = -1;
  let published = 0;
  let crashes = 0;
  let turns = 0;

  const newLife = () => {
    last = -1;
    return startLife({
      emulated,
      chance,
      database,
      start,
      defect,
      onEvent({ id, replayId }) {
        const at = bus.resolve(topic, replayId);
        if (at.kind !== "at") return;
        if (at.position <= last) verdict.broken ??= new Error(`${id} at ${at.position} came after ${last}`);
        last = at.position;
      },
      onStored(position) {
        const at = bus.resolve(topic, position);
        const early = at.kind === "at" ? ledger.claimedButNotDone(at.position) : undefined;
        if (early !== undefined)
          verdict.broken ??= new Error(`the stored position claims ${early.id}, not done`);
      },
      onDiscontinuity() {
        last = -1;
      },
    });
  };
  let life = newLife();

  const publish = (): void => {
    const count = 1 + chance.below(12);
    ledger.add(emulated.publish(Array.from({ length: count }, (_each, n) => `${seed}-${published + n}`)));
    published += count;
  };
  const harm = (): void => {
    const kind = chance() < 0.75 ? chance.pick(streamFaults) : "stream_failed";
    if (kind !== "stream_failed") org.strike({ kind }, {});
    else org.strike({ kind, options: { code: chance.pick(failureCodes) } }, {});
    faults[kind] = (faults[kind] ?? 0) + 1;
  };
  const act = (): void => {
    const dice = chance();
    if (dice < 0.3) publish();
    else if (dice < 0.5) harm();
    else if (dice < 0.62) {
      life.crash();
      crashes += 1;
      life = newLife();
    } else if (dice < 0.72) life.capacity = 0;
    else if (dice < 0.86) life.capacity = 1 + chance.below(250);
    else if (dice < 0.9) emulated.auth.spoil();
    else if (dice < 0.94) armSchemaFault(emulated, chance);
    else if (dice < 0.95) {
      // A sandbox refresh: what was not done is gone, and the consumer is told. Numbers begin where none has been: where
      // old ids happen to be valid again nobody can tell on the wire that events are skipped.
      bus.restart(bus.latest().position + 1_000_000);
      ledger.forget();
      last = -1;
      faults["bus_restart"] = (faults["bus_restart"] ?? 0) + 1;
    }
  };
  const pass = async (count: number): Promise<void> => {
    for (let done = 0; done < count && verdict.broken === undefined; done += 1) {
      turns += 1;
      org.clock.advance(TURN_MS);
      await turn();
    }
  };

  try {
    for (let acts = 8 + chance.below(16); acts > 0 && verdict.broken === undefined; acts -= 1) {
      act();
      // Mostly little time passes, now and then long enough for keepalives and watchdogs.
      await pass(chance() < 0.05 ? 800 : chance.below(30));
    }
    org.faults.disarmAll();
    life.capacity = 100;
    publish();
    while (ledger.missing.length > 0 && verdict.broken === undefined) {
      await pass(10);
      if (turns > MAX_TURNS) verdict.broken = new Error(`${ledger.missing.length} events never came`);
    }
    verdict.broken ??=
      life.failure() === undefined ? undefined : new Error("the subscription ended by itself");
  } finally {
    life.crash();
  }
  if (verdict.broken !== undefined) {
    throw new Error(
      `seed ${seed}: ${verdict.broken.message}; repeat it with DELIVERY_SEED=${seed} DELIVERY_RUNS=1`,
    );
  }
  return { events: published, crashes, faults, discontinuities: database.discontinuities, turns };
}

function armSchemaFault({ org }: EmulatedOrg, chance: Chance): void {
  org.faults.arm({
    kind: chance() < 0.5 ? "rpc_unavailable" : "rpc_failed",
    schedule: { kind: "times", times: 1 + chance.below(3) },
    match: { rpc: "GetSchema" },
    options: {},
  });
}
