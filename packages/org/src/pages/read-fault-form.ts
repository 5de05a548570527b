import { z } from "zod";
import type { FaultKind } from "../faults/fault-kinds.ts";
import { readFaultOptions } from "../faults/fault-registry.ts";
import type { FaultMatch, FaultOrder, FaultSchedule } from "../faults/fault-registry.ts";
import { optionInputsOf } from "./fault-options.ts";
import { subjectsOf } from "../faults/read-fault-order.ts";

export type FaultTexts = Readonly<Record<string, string>>;

export type ReadFault =
  | { readonly kind: "fine"; readonly order: FaultOrder }
  /** `problem` is for people. */
  | { readonly kind: "wrong"; readonly problem: string };

const formBody = z.record(z.string(), z.string());
const times = z.coerce.number().int().min(1).max(1_000_000);
const percentage = z.coerce.number().gt(0).max(100);
const seed = z.coerce.number().int().min(0).max(4_294_967_295);
const seconds = z.coerce.number().gt(0).max(31_536_000);

/** The texts of a form; nothing for a body that is none. */
export function readFaultTexts(body: unknown): FaultTexts {
  const parsed = formBody.safeParse(body);
  return parsed.success ? parsed.data : {};
}

/** Reads what a fault form asks for. Empty inputs limit nothing. */
export function readFaultForm(kind: FaultKind, texts: FaultTexts): ReadFault {
  const schedule = readSchedule(texts);
  if (typeof schedule === "string") return { kind: "wrong", problem: schedule };
  const given: Record<string, unknown> = {};
  for (const { name, type } of optionInputsOf(kind)) {
    const text = texts[`option.${name}`]?.trim() ?? "";
    if (type === "flag") given[name] = text !== "";
    else if (text !== "") given[name] = type === "number" ? Number(text) : text;
  }
  try {
    return {
      kind: "fine",
      order: { kind, schedule, match: readMatch(kind, texts), options: readFaultOptions(kind, given) },
    };
  } catch (reason) {
    if (!(reason instanceof z.ZodError)) throw reason;
    return { kind: "wrong", problem: z.prettifyError(reason) };
  }
}

function readMatch(kind: FaultKind, texts: FaultTexts): FaultMatch {
  const given = subjectsOf(kind).map(
    (subject) => [subject, texts[`match.${subject}`]?.trim() ?? ""] as const,
  );
  return Object.fromEntries(given.filter(([, wanted]) => wanted !== ""));
}

/** @returns the schedule, or what is wrong with it. */
function readSchedule(texts: FaultTexts): FaultSchedule | string {
  switch (texts["how"] ?? "once") {
    case "times": {
      const read = times.safeParse(texts["times"]);
      return read.success ? { kind: "times", times: read.data } : "How many times? A whole number from 1 on.";
    }
    case "rate": {
      const read = percentage.safeParse(texts["percent"]);
      const seeded = seed.safeParse(texts["seed"] ?? "1");
      if (!read.success) return "How likely? A percentage above 0 and up to 100.";
      if (!seeded.success) return "The seed is a whole number from 0 on; the same one repeats the same run.";
      return { kind: "rate", rate: read.data / 100, seed: seeded.data };
    }
    case "window": {
      const read = seconds.safeParse(texts["seconds"]);
      return read.success
        ? { kind: "window", forMs: Math.round(read.data * 1_000) }
        : "For how long? Seconds of the org's time, above 0 and up to a year.";
    }
    default:
      return { kind: "times", times: 1 };
  }
}
