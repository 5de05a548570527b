/** Resident memory when so many events were handed over. */
export type MemoryPoint = { readonly events: number; readonly residentBytes: number };

export type DrainReading = {
  /** From the first event that came until the last was handed over. */
  readonly wallMs: number;
  /** User and system time of the process between the same moments. */
  readonly cpuMicros: number;
  readonly memory: readonly MemoryPoint[];
};

/** The clock of one drain: starts with the first event, stops when `count` are handed over. */
export type DrainMeter = {
  /** Any event came; all but the first are ignored. */
  received(): void;
  /** So many more events are durable, and so are their jobs. */
  handedOver(events: number): void;
  handedOverSoFar(): number;
  /** Ends the drain with an error. */
  fail(error: unknown): void;
  readonly finished: Promise<DrainReading>;
};

const pointsOfRun = 40;

export function openDrainMeter(count: number): DrainMeter {
  const { promise, resolve, reject } = Promise.withResolvers<DrainReading>();
  const memory: MemoryPoint[] = [];
  const eventsPerPoint = count / pointsOfRun;
  let startedAtMs: number | undefined;
  let cpuAtStart: NodeJS.CpuUsage | undefined;
  let soFar = 0;
  return {
    received() {
      if (startedAtMs !== undefined) return;
      cpuAtStart = process.cpuUsage();
      startedAtMs = performance.now();
    },
    handedOver(events) {
      soFar += events;
      if (soFar >= (memory.length + 1) * eventsPerPoint || soFar === count) {
        memory.push({ events: soFar, residentBytes: process.memoryUsage.rss() });
      }
      if (soFar > count) reject(new Error(`${soFar} events were handed over, and ${count} are on the bus`));
      if (soFar !== count) return;
      if (startedAtMs === undefined) throw new Error("events were handed over before any had come");
      const { user, system } = process.cpuUsage(cpuAtStart);
      resolve({ wallMs: performance.now() - startedAtMs, cpuMicros: user + system, memory });
    },
    handedOverSoFar: () => soFar,
    fail: reject,
    finished: promise,
  };
}
