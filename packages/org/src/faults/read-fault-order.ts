import { z } from "zod";
import { faultKinds, isFaultKind } from "./fault-kinds.ts";
import type { FaultKind, FaultPoint } from "./fault-kinds.ts";
import type { FaultMatch, FaultOrder, FaultSchedule, FaultSubject } from "./fault-registry.ts";

/** An order for a fault that is not understood; `message` names each field and what it takes. */
export class FaultOrderError extends Error {
  override readonly name = "FaultOrderError";
}

/** The seed of a rate when none is given, so that each run can be repeated. */
const defaultSeed = 1;
/** A window is at most as long as events are kept twice over. */
const maxWindowMs = 7 * 86_400_000;

/** What the places of each point tell, and a fault can be limited to. */
const subjectsByPoint: Readonly<Record<FaultPoint, readonly FaultSubject[]>> = {
  stream: ["topic", "rpc", "at", "user"],
  bus: ["topic"],
  save: ["object", "user"],
  request: ["method", "path", "object", "user"],
};

/** Where a kind is told less, or something else, than others of its point. */
const subjectsByKind: Partial<Readonly<Record<FaultKind, readonly FaultSubject[]>>> = {
  publish_refused: ["topic", "object"],
  save_rolled_back: ["object"],
  record_late: ["object"],
};

const between = (least: number, most: number) => {
  const error = `takes a whole number from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error);
};

const rate = "takes a number above 0, up to 1: how likely it is each time";
const text = "takes a text that is not empty; * in it stands for anything";
const orderBody = z.strictObject(
  {
    kind: z.string("takes the name of a fault"),
    times: between(1, 1_000_000).optional(),
    rate: z.number(rate).gt(0, rate).max(1, rate).optional(),
    seed: between(0, 0xffff_ffff).optional(),
    forMs: between(1, maxWindowMs).optional(),
    match: z.record(z.string(), z.string(text).min(1, text), "takes an object of texts").default({}),
    options: z.record(z.string(), z.unknown(), "takes an object").default({}),
  },
  { error: (issue) => (issue.code === "invalid_type" ? "a fault is armed with a JSON object" : undefined) },
);
type OrderBody = z.infer<typeof orderBody>;

/**
 * Reads `{ kind, times | rate (and seed) | forMs, match, options }`; without a schedule the fault bites once.
 *
 * @throws {FaultOrderError}
 */
export function readFaultOrder(body: unknown): FaultOrder {
  const parsed = orderBody.safeParse(body);
  if (!parsed.success) throw refuse(parsed.error.issues);
  const { kind, match, options } = parsed.data;
  if (!isFaultKind(kind)) {
    throw new FaultOrderError(
      `kind: there is no fault ${kind}; it takes ${Object.keys(faultKinds).join(", ")}`,
    );
  }
  return {
    kind,
    schedule: readSchedule(parsed.data),
    match: readMatch(kind, match),
    options: readOptions(kind, options),
  };
}

/** What a fault of the kind can be limited to. */
export function subjectsOf(kind: FaultKind): readonly FaultSubject[] {
  return subjectsByKind[kind] ?? subjectsByPoint[faultKinds[kind].point];
}

function readSchedule({ times, rate, seed, forMs }: OrderBody): FaultSchedule {
  const given = Object.entries({ times, rate, forMs }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(" and ");
    throw new FaultOrderError(
      `${names}: give one of times, rate and forMs, which say how often the fault bites`,
    );
  }
  if (rate !== undefined) return { kind: "rate", rate, seed: seed ?? defaultSeed };
  if (seed !== undefined) throw new FaultOrderError("seed: goes with rate only");
  if (forMs !== undefined) return { kind: "window", forMs };
  return { kind: "times", times: times ?? 1 };
}

function readMatch(kind: FaultKind, match: Readonly<Record<string, string>>): FaultMatch {
  const subjects = subjectsOf(kind);
  const unknown = Object.keys(match).find((name) => !subjects.some((subject) => subject === name));
  if (unknown !== undefined) {
    throw new FaultOrderError(`match.${unknown}: ${kind} can be limited by ${subjects.join(", ")}`);
  }
  if (match["at"] !== undefined && !["open", "response"].includes(match["at"])) {
    throw new FaultOrderError("match.at: takes open or response");
  }
  return match;
}

function readOptions(kind: FaultKind, given: Readonly<Record<string, unknown>>): FaultOrder["options"] {
  const { options } = faultKinds[kind];
  const parsed = options.safeParse(given);
  if (parsed.success) return parsed.data;
  const names = Object.keys(options.shape);
  const taken = names.length === 0 ? "no options" : `the options ${names.join(", ")}`;
  const unknown = parsed.error.issues.some(({ code }) => code === "unrecognized_keys");
  throw refuse(parsed.error.issues, "options", unknown ? `; ${kind} takes ${taken}` : "");
}

function refuse(issues: readonly z.core.$ZodIssue[], under = "", hint = ""): FaultOrderError {
  const lines = issues.map(({ path, message }) => {
    const field = [under, ...path.map(String)].filter((part) => part !== "").join(".");
    return field === "" ? message : `${field}: ${message}`;
  });
  return new FaultOrderError(`${lines.join("; ")}${hint}`);
}
