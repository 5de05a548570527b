import { retentionMs } from "../bus/sqlite-event-bus.ts";
import type { EventBus } from "../org-core.ts";

const chunkSize = 1_000;

export type TopicCount = {
  readonly name: string;
  readonly schemaId: string;
  /** Events that subscribers can still read. */
  readonly retained: number;
  readonly lastHour: number;
};

type Tally = { position: number; publishedAtMs: number[] };

/** Counts the events of each topic. The bus is read once, and from then on only what is new. */
export class TopicTally {
  readonly #bus: EventBus;
  readonly #now: () => number;
  readonly #tallies = new Map<string, Tally>();
  #epoch: number;

  constructor(bus: EventBus, now: () => number) {
    this.#bus = bus;
    this.#now = now;
    this.#epoch = bus.epoch;
  }

  counts(): readonly TopicCount[] {
    if (this.#epoch !== this.#bus.epoch) {
      this.#epoch = this.#bus.epoch;
      this.#tallies.clear();
    }
    return this.#bus.topics().map(({ name, schemaId }) => {
      const times = this.#read(name);
      const hourAgoMs = this.#now() - 3_600_000;
      return {
        name,
        schemaId,
        retained: times.length,
        lastHour: times.length - firstAfter(times, hourAgoMs),
      };
    });
  }

  #read(topic: string): readonly number[] {
    const tally = this.#tallies.get(topic) ?? { position: -1, publishedAtMs: [] };
    this.#tallies.set(topic, tally);
    for (;;) {
      const chunk = this.#bus.read(topic, tally.position, chunkSize);
      tally.publishedAtMs.push(...chunk.map(({ publishedAtMs }) => publishedAtMs));
      tally.position = chunk.at(-1)?.position ?? tally.position;
      if (chunk.length < chunkSize) break;
    }
    const expired = firstAfter(tally.publishedAtMs, this.#now() - retentionMs - 1);
    if (expired > 0) tally.publishedAtMs = tally.publishedAtMs.slice(expired);
    return tally.publishedAtMs;
  }
}

/** The index of the first time after `ms`; times only rise, because the org's clock never goes back. */
function firstAfter(times: readonly number[], ms: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) > ms) high = middle;
    else low = middle + 1;
  }
  return low;
}
