import type { OrgLog } from "../log/org-log.ts";
import type { OrgClock } from "../time/org-clock.ts";
import { faultKinds } from "./fault-kinds.ts";
import type { FaultKind, FaultOptions } from "./fault-kinds.ts";
import { seededRandom } from "./seeded-random.ts";

/** How often an armed fault bites: so many times, with a likelihood, or always for a while of the org's time. */
export type FaultSchedule =
  | { readonly kind: "times"; readonly times: number }
  | { readonly kind: "rate"; readonly rate: number; readonly seed: number }
  | { readonly kind: "window"; readonly forMs: number };

/**
 * What a fault is limited to; a place that does not tell the thing asked for does not match. `path` is a pattern
 * with `*`.
 */
export type FaultMatch = Partial<Readonly<Record<FaultSubject, string>>>;
export type FaultSubject = "topic" | "rpc" | "at" | "object" | "method" | "path" | "user";

export type FaultOrder<Kind extends FaultKind = FaultKind> = {
  readonly kind: Kind;
  readonly schedule: FaultSchedule;
  readonly match: FaultMatch;
  readonly options: FaultOptions<Kind>;
};

export type ArmedFault = FaultOrder & {
  readonly id: number;
  readonly armedAtMs: number;
  /** How often it bit. */
  readonly hits: number;
};

type Armed = {
  readonly id: number;
  readonly order: FaultOrder;
  readonly armedAtMs: number;
  readonly random: () => number;
  hits: number;
};

/**
 * The faults that wait for their moment. The places where something can go wrong ask `take` each time; nothing is
 * armed unless somebody asked for it.
 */
export class FaultRegistry {
  readonly #clock: OrgClock;
  readonly #log: OrgLog;
  readonly #armed = new Map<number, Armed>();
  readonly #listeners = new Set<() => void>();
  #count = 0;

  constructor(clock: OrgClock, log: OrgLog) {
    this.#clock = clock;
    this.#log = log;
  }

  arm(order: FaultOrder): ArmedFault {
    this.#count += 1;
    const { schedule } = order;
    const random = schedule.kind === "rate" ? seededRandom(schedule.seed) : () => 0;
    const armed = { id: this.#count, order, armedAtMs: this.#clock.now(), random, hits: 0 };
    this.#armed.set(armed.id, armed);
    this.#log.add("fault:armed", { fault: order.kind, id: armed.id });
    this.#tell();
    return show(armed);
  }

  /** @returns false when no such fault is armed. */
  disarm(id: number): boolean {
    const armed = this.#armed.get(id);
    if (armed === undefined) return false;
    this.#end(armed);
    return true;
  }

  disarmAll(): void {
    for (const armed of this.#armed.values()) this.#end(armed);
  }

  list(): readonly ArmedFault[] {
    for (const armed of this.#armed.values()) if (this.#isOver(armed)) this.#end(armed);
    return [...this.#armed.values()].map(show);
  }

  /** The options of the fault that bites here and now; undefined when all goes well. It counts as one hit. */
  take<Kind extends FaultKind>(kind: Kind, place: FaultMatch = {}): FaultOptions<Kind> | undefined {
    for (const armed of this.#armed.values()) {
      if (armed.order.kind !== kind || !matchesPlace(armed.order.match, place)) continue;
      if (this.#isOver(armed)) {
        this.#end(armed);
        continue;
      }
      if (!bites(armed)) continue;
      armed.hits += 1;
      this.#log.add("fault:fired", { fault: kind, id: armed.id, hits: armed.hits, ...place });
      if (this.#isOver(armed)) this.#end(armed);
      else this.#tell();
      // The kind was compared above, so the options are of this kind.
      return armed.order.options as FaultOptions<Kind>;
    }
    return undefined;
  }

  /** Told whenever the list changes. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #isOver({ order: { schedule }, hits, armedAtMs }: Armed): boolean {
    if (schedule.kind === "times") return hits >= schedule.times;
    return schedule.kind === "window" && this.#clock.now() >= armedAtMs + schedule.forMs;
  }

  #end(armed: Armed): void {
    this.#armed.delete(armed.id);
    this.#log.add("fault:ended", { fault: armed.order.kind, id: armed.id, hits: armed.hits });
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** What a fault does when nothing else is said of it. @throws {z.ZodError} for options that the kind does not take. */
export function readFaultOptions<Kind extends FaultKind>(kind: Kind, options: unknown): FaultOptions<Kind> {
  return faultKinds[kind].options.parse(options ?? {}) as FaultOptions<Kind>;
}

function bites({ order: { schedule }, random }: Armed): boolean {
  return schedule.kind !== "rate" || random() < schedule.rate;
}

/** Whether a place is one of those that a fault is limited to. */
export function matchesPlace(match: FaultMatch, place: FaultMatch): boolean {
  return Object.entries(match).every(([subject, wanted]) => {
    const actual = place[subject as FaultSubject];
    return actual !== undefined && patternOf(wanted).test(actual);
  });
}

function patternOf(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`);
}

function show({ id, order, armedAtMs, hits }: Armed): ArmedFault {
  return { ...order, id, armedAtMs, hits };
}
