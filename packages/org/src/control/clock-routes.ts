import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgLog } from "../log/org-log.ts";
import type { VirtualClock } from "../time/org-clock.ts";
import { ControlError, readInput } from "./control-error.ts";

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

const clockOrder = z.union(
  [
    z.strictObject({ advanceMs: z.int().min(0) }),
    z.strictObject({ advance: z.string().regex(durationPattern) }),
    z.strictObject({ set: z.iso.datetime({ offset: true }) }),
    z.strictObject({ rate: z.number().min(0).max(100_000) }),
  ],
  'send one of { "advanceMs": 1000 }, { "advance": "72h" }, { "set": "2027-01-01T00:00:00Z" }, { "rate": 60 }',
);

/** `/__org/clock`: the org's time, to look at and to move. */
export function registerClockRoutes(app: FastifyInstance, clock: VirtualClock, log: OrgLog): void {
  app.get("/__org/clock", () => show(clock));

  app.post("/__org/clock", (request) => {
    const order = readInput(clockOrder, request.body);
    if ("advanceMs" in order) clock.advance(order.advanceMs);
    else if ("advance" in order) clock.advance(toMs(order.advance));
    else if ("rate" in order) clock.setRate(order.rate);
    else setClock(clock, order.set);
    const shown = show(clock);
    log.add("clock:changed", shown);
    return shown;
  });
}

function show(clock: VirtualClock): { readonly now: string; readonly rate: number } {
  const { nowMs, rate } = clock.state;
  return { now: new Date(nowMs).toISOString(), rate };
}

function setClock(clock: VirtualClock, iso: string): void {
  try {
    clock.set(Date.parse(iso));
  } catch (reason) {
    if (!(reason instanceof RangeError)) throw reason;
    const now = new Date(clock.now()).toISOString();
    throw new ControlError(400, `set: ${reason.message}; it is ${now}. Reset the org to start anew.`, {
      cause: reason,
    });
  }
}

/** `72h`, `1.5d`, `500ms` in milliseconds. */
function toMs(duration: string): number {
  const [, amount = "0", unit = "ms"] = durationPattern.exec(duration) ?? [];
  return Math.round(Number(amount) * unitsMs[unit as keyof typeof unitsMs]);
}
