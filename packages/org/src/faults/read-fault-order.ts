import { z } from "zod";
import { faultKinds } from "./fault-kinds.ts";
import type { FaultKind } from "./fault-kinds.ts";
import type { FaultOrder, FaultSchedule } from "./fault-registry.ts";

/** Without a seed a rate bites in the same order at every run. */
const defaultSeed = 1;

const kindNames = Object.keys(faultKinds).filter(isFaultKind);
const text = z.string().min(1).optional();

const orderBody = z
  .strictObject({
    kind: z.enum(kindNames),
    times: z.int().min(1).optional(),
    rate: z.number().gt(0).max(1).optional(),
    seed: z.int().optional(),
    forMs: z.int().min(1).optional(),
    match: z
      .strictObject({
        topic: text,
        rpc: text,
        at: text,
        object: text,
        method: text,
        path: text,
        user: text,
      })
      .default({}),
    options: z.unknown().optional(),
  })
  .refine(
    ({ times, rate, forMs }) => [times, rate, forMs].filter((given) => given !== undefined).length <= 1,
    "say one of times, rate and forMs",
  )
  .refine(({ rate, seed }) => seed === undefined || rate !== undefined, "a seed belongs to a rate");

/** A fault as the control plane takes it: `{ kind, times | rate (+ seed) | forMs, match?, options? }`; once by default. */
export const faultOrder: z.ZodType<FaultOrder> = orderBody.transform((body, context): FaultOrder => {
  const options = faultKinds[body.kind].options.safeParse(body.options ?? {});
  if (!options.success) {
    for (const issue of options.error.issues) {
      context.addIssue({ code: "custom", message: issue.message, path: ["options", ...issue.path] });
    }
    return z.NEVER;
  }
  const match = Object.entries(body.match).filter(([, wanted]) => wanted !== undefined);
  return {
    kind: body.kind,
    schedule: scheduleOf(body),
    match: Object.fromEntries(match),
    options: options.data,
  };
});

export function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(faultKinds, name);
}

function scheduleOf({
  times,
  rate,
  seed,
  forMs,
}: Pick<z.output<typeof orderBody>, "times" | "rate" | "seed" | "forMs">): FaultSchedule {
  if (rate !== undefined) return { kind: "rate", rate, seed: seed ?? defaultSeed };
  return forMs === undefined ? { kind: "times", times: times ?? 1 } : { kind: "window", forMs };
}
