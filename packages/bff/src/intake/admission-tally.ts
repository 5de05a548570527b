import type { Admission } from "../store/admission.ts";

/**
 * What became of an event, or would become:
 * - `started`      a new revision with its first job.
 * - `known`        the inbox has it under the same id.
 * - `duplicates`   the same request came under another id.
 * - `absorbed`     a further approval of an order that is at work or done.
 * - `beforeGoLive` noted, never started.
 * - `observed`     noted while observing, never started.
 * - `cancellations`
 * - `quarantined`  it makes no sense.
 * - `inQuarantine` it is there already; nothing changes.
 */
export const outcomes = [
  "started",
  "known",
  "duplicates",
  "absorbed",
  "beforeGoLive",
  "observed",
  "cancellations",
  "quarantined",
  "inQuarantine",
] as const;

export type Outcome = (typeof outcomes)[number];
export type Tally = Readonly<Record<Outcome, number>>;

export const emptyTally: Tally = {
  started: 0,
  known: 0,
  duplicates: 0,
  absorbed: 0,
  beforeGoLive: 0,
  observed: 0,
  cancellations: 0,
  quarantined: 0,
  inQuarantine: 0,
};

export function tallyOf(counted: Iterable<Outcome>, before: Tally = emptyTally): Tally {
  const tally = { ...before };
  for (const outcome of counted) tally[outcome] += 1;
  return tally;
}

export function outcomeOf(admission: Admission): Outcome {
  switch (admission.kind) {
    case "redelivered":
      return "known";
    case "quarantined":
      return "quarantined";
    case "admitted":
      return outcomeByDisposition[admission.disposition];
  }
}

const outcomeByDisposition = {
  admitted: "started",
  duplicate: "duplicates",
  absorbed: "absorbed",
  before_go_live: "beforeGoLive",
  observed: "observed",
  cancellation: "cancellations",
} as const;

/**
 * What the earlier parts of a preview would have left behind. Each part is tried and taken back by itself, so that the
 * next one meets a store that knows nothing of it.
 */
export class Foresight {
  readonly #eventIds = new Set<string>();
  readonly #requestKeys = new Set<string>();
  /** Orders that would be at work. */
  readonly #started = new Set<string>();

  /** Call it once for each event, in their order. */
  outcomeOf(admission: Admission): Outcome {
    const told = outcomeOf(admission);
    if (admission.kind !== "admitted") return told;
    const { eventId, requestKey, orderId } = admission;
    if (this.#eventIds.has(eventId)) return "known";
    this.#eventIds.add(eventId);
    if (told === "cancellations") this.#started.delete(orderId);
    if (told !== "started" && told !== "beforeGoLive" && told !== "observed") return told;
    if (this.#requestKeys.has(requestKey)) return "duplicates";
    this.#requestKeys.add(requestKey);
    if (told !== "started") return told;
    if (this.#started.has(orderId)) return "absorbed";
    this.#started.add(orderId);
    return "started";
  }
}
