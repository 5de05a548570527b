import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type {
  ClientEvent,
  ClientEventName,
  ClientEvents,
  PubSubClient,
  ReceivedEvent,
  StreamItem,
  SubscribeOptions,
} from "../../src/index.ts";
import { topic } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";

/** What takes longer than this many turns of the event loop will not come. */
const MAX_TURNS = 60_000;

/** Lets everybody act until the condition holds; time moves on by `stepMs` at each turn. */
export async function until(
  emulated: EmulatedOrg,
  condition: () => boolean,
  what: string,
  stepMs = 0,
): Promise<void> {
  for (let turns = 0; !condition(); turns += 1) {
    if (turns > MAX_TURNS) assert.fail(`${what} never came`);
    if (stepMs > 0) emulated.org.clock.advance(stepMs);
    await turn();
  }
}

/** Waits until the org has seen the streams of before end. */
export function untilIdle(emulated: EmulatedOrg): Promise<void> {
  return until(emulated, () => emulated.org.streams.list().length === 0, "an org without streams");
}

/** Listens to all that a client tells. */
export class Listener {
  readonly told: ClientEvent[] = [];
  readonly onEvent = (event: ClientEvent): void => {
    this.told.push(event);
  };

  all<Name extends ClientEventName>(name: Name): readonly ClientEvents[Name][] {
    return this.told.filter((event): event is ClientEvents[Name] & ClientEvent => event.name === name);
  }
}

export type ReadingOptions = Omit<SubscribeOptions, "signal"> & {
  readonly topic?: string;
  /** Default one of its own. */
  readonly client?: PubSubClient;
  /** What listens to the client, when that is a given one. */
  readonly listener?: Listener;
  /** Deals with an item before the next one is asked for. */
  readonly work?: (item: StreamItem) => Promise<void> | void;
};

/** A consumer that takes whatever comes, and remembers it. Starts after the newest event unless told otherwise. */
export class Reading {
  readonly items: StreamItem[] = [];
  readonly events: ReceivedEvent[] = [];
  readonly listener: Listener;
  readonly client: PubSubClient;
  /** What was stored last. */
  position: Uint8Array | undefined;
  failure: unknown;
  readonly #emulated: EmulatedOrg;
  readonly #stopping = new AbortController();
  readonly #over: Promise<void>;

  constructor(emulated: EmulatedOrg, options: ReadingOptions = {}) {
    const { topic: name = topic, client, listener = new Listener(), work, ...given } = options;
    this.#emulated = emulated;
    this.listener = listener;
    this.client = client ?? emulated.open({ onEvent: listener.onEvent });
    const items = this.client.subscribe(name, {
      position: { kind: "after", replayId: new Uint8Array(emulated.org.core.bus.latest().replayId) },
      ...given,
      signal: this.#stopping.signal,
    });
    this.#over = this.#consume(items, work).catch((error: unknown) => {
      this.failure = error;
    });
  }

  get ids(): readonly string[] {
    return this.events.map(({ id }) => id);
  }

  get discontinuities() {
    return this.items.filter((item) => item.kind === "discontinuity");
  }

  /** Waits for so many events in all. */
  async untilEvents(count: number, stepMs = 0): Promise<void> {
    await this.until(() => this.events.length >= count, `event ${count}`, stepMs);
  }

  /** Waits for so many tellings of one kind in all, and gives the last of them. */
  async untilTold<Name extends ClientEventName>(
    name: Name,
    count = 1,
    stepMs = 0,
  ): Promise<ClientEvents[Name]> {
    await this.until(() => this.listener.all(name).length >= count, `${name} ${count}`, stepMs);
    const told = this.listener.all(name)[count - 1];
    assert.ok(told);
    return told;
  }

  /** Sits out retries for at least so long: time moves only while the client waits for its next attempt. */
  async sitOutRetries(forMs: number): Promise<readonly ClientEvents["subscription:retry:scheduled"][]> {
    const { clock } = this.#emulated.org;
    const untilMs = clock.now() + forMs;
    const before = this.listener.all("subscription:retry:scheduled");
    const satOut: ClientEvents["subscription:retry:scheduled"][] = [];
    // The newest of those that were told may be waiting.
    clock.advance(before.at(-1)?.delayMs ?? 0);
    for (let count = before.length + 1; clock.now() < untilMs; count += 1) {
      const retry = await this.untilTold("subscription:retry:scheduled", count);
      satOut.push(retry);
      clock.advance(retry.delayMs);
    }
    return satOut;
  }

  async until(condition: () => boolean, what: string, stepMs = 0): Promise<void> {
    await until(this.#emulated, () => this.failure !== undefined || condition(), what, stepMs);
    if (this.failure !== undefined && !condition()) throw this.failure;
  }

  /** Waits for the iteration to end by itself. */
  async untilOver(stepMs = 0): Promise<void> {
    let isOver = false;
    void this.#over.then(() => {
      isOver = true;
    });
    await until(this.#emulated, () => isOver, "the end", stepMs);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#over;
  }

  async #consume(items: AsyncIterable<StreamItem>, work: ReadingOptions["work"]): Promise<void> {
    for await (const item of items) {
      this.items.push(item);
      if (item.kind === "batch") this.events.push(...item.events);
      await work?.(item);
      if (item.kind === "batch") this.position = item.position;
    }
  }
}

/** Ids that no other test of the file uses. */
export function idsOf(name: string, first: number, count: number): string[] {
  return Array.from({ length: count }, (_each, index) => `${name}-${first + index}`);
}
