import { setImmediate as turn } from "node:timers/promises";
import type { Capacity, StartPosition, StreamItem } from "../../src/index.ts";
import type { EmulatedOrg, Published } from "../emulated-org.ts";
import { topic } from "../emulated-org.ts";
import type { Chance } from "./random.ts";

/** What outlives a crash: the consumer's database. */
export type Database = {
  position: Uint8Array | null;
  readonly done: Set<string>;
  discontinuities: number;
};

/** One life of the consumer's process, from its start to its crash. */
export type Life = {
  /** Drops all of the process's state, wherever it is: whatever it still does has no effect. */
  crash(): void;
  /** The error that ended it by itself, which must not be. */
  readonly failure: () => unknown;
  capacity: number;
};

export type ConsumerDefect = "stores_the_position_first" | undefined;

export type LifeDeps = {
  readonly emulated: EmulatedOrg;
  readonly chance: Chance;
  readonly database: Database;
  /** Where the very first life starts. */
  readonly start: StartPosition;
  readonly defect: ConsumerDefect;
  /** Called at each store, with what the position says is finished. */
  readonly onStored: (position: Uint8Array) => void;
  /** Called for each event, in order. */
  readonly onEvent: (event: { readonly id: string; readonly replayId: Uint8Array }) => void;
  readonly onDiscontinuity: () => void;
};

/** Starts a process that does the events one by one, each in several steps, and stores the position after a batch. */
export function startLife(deps: LifeDeps): Life {
  const { emulated, chance, database } = deps;
  let isAlive = true;
  let failure: unknown;
  const client = emulated.open({ random: chance });
  const stopping = new AbortController();
  const life = {
    capacity: 1 + chance.below(40),
    failure: () => failure,
    crash() {
      isAlive = false;
      stopping.abort();
      client.close();
    },
  };

  async function work(): Promise<void> {
    for (let steps = chance.below(4); steps > 0; steps -= 1) await turn();
  }

  async function consume(item: StreamItem): Promise<void> {
    if (item.kind === "discontinuity") {
      database.discontinuities += 1;
      deps.onDiscontinuity();
      return;
    }
    if (deps.defect === "stores_the_position_first") store(item.position);
    for (const event of item.events) {
      await work();
      if (!isAlive) return;
      deps.onEvent(event);
      database.done.add(event.id);
    }
    await work();
    if (isAlive) store(item.position);
  }

  function store(position: Uint8Array): void {
    database.position = position;
    deps.onStored(position);
  }

  async function run(): Promise<void> {
    const { position } = database;
    const capacity: Capacity = () => life.capacity;
    const items = client.subscribe(topic, {
      position: position === null ? deps.start : { kind: "after", replayId: position },
      capacity,
      signal: stopping.signal,
    });
    for await (const item of items) {
      if (!isAlive) return;
      await consume(item);
      if (!isAlive) return;
    }
  }

  run().catch((error: unknown) => {
    if (isAlive) failure = error;
  });
  return life;
}

/** Events of the bus in its order, and how far they are done. */
export class Ledger {
  readonly #published: Published[] = [];
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(events: readonly Published[]): void {
    this.#published.push(...events);
  }

  /** The bus begins anew: what is not done yet cannot be had any more. */
  forget(): void {
    this.#published.length = 0;
  }

  get missing(): readonly Published[] {
    return this.#published.filter(({ id }) => !this.#database.done.has(id));
  }

  /** The first event that a stored position claims and that is not done. */
  claimedButNotDone(position: number): Published | undefined {
    return this.#published.find((event) => event.position <= position && !this.#database.done.has(event.id));
  }
}
