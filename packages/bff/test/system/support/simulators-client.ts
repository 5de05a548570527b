import { z } from "zod";

const summary = z.object({
  calls: z.object({ started: z.int(), answered: z.int(), unanswered: z.int() }),
  effects: z.object({
    total: z.int(),
    unkeyed: z.int(),
    byOperation: z.record(z.string(), z.int()),
  }),
  doubled: z.array(z.unknown()),
  repeats: z.object({ mail: z.int() }),
});
const effects = z.object({
  effects: z.array(
    z.object({ callId: z.int(), system: z.string(), operation: z.string(), key: z.string().nullable() }),
  ),
});
const calls = z.object({
  calls: z.array(
    z.object({ id: z.int(), startedAt: z.iso.datetime(), answeredAt: z.iso.datetime().nullable() }),
  ),
});

export type SimulatorSummary = z.infer<typeof summary>;

/** How long each call takes, and how long the network takes to activate what it accepted. */
export type SimulatorPace = { readonly delayMs: number; readonly activationMs: number };

export async function setPace(url: string, pace: SimulatorPace): Promise<void> {
  const answer = await fetch(`${url}/__sim/settings`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(pace),
  });
  if (!answer.ok) throw new Error(`the simulators refused the settings: ${await answer.text()}`);
}

/** What the downstreams have on record; they judge whether an effect happened once. */
export async function readSummary(url: string): Promise<SimulatorSummary> {
  return summary.parse(await readJson(`${url}/__sim/summary`));
}

/**
 * Counts the effects on record under the given keys, by operation. A mail's key is its Message-ID, `<key@domain>`.
 *
 * @param keys the effect keys of one order's steps
 */
export async function countEffects(
  url: string,
  keys: ReadonlySet<string>,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const made = effects.parse(await readJson(`${url}/__sim/effects?limit=1000`)).effects;
  for (const { system, operation, key } of made) {
    if (key === null || !keys.has(key.replace(/^<|@.*$/g, ""))) continue;
    const name = `${system}.${operation}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Calls without an answer, and how many of them had their effect already. */
export type InFlight = { readonly calls: number; readonly withEffect: number };

/**
 * Counts the calls that began at or after `sinceMs` and have no answer yet. Calls that an earlier crash cut off stay
 * unanswered for ever, so the total says nothing about now.
 */
export async function readInFlight(url: string, sinceMs: number): Promise<InFlight> {
  // Calls first: an effect made in between belongs to a call that was open a moment ago.
  const open = calls
    .parse(await readJson(`${url}/__sim/calls?limit=1000`))
    .calls.filter(({ startedAt, answeredAt }) => answeredAt === null && Date.parse(startedAt) >= sinceMs);
  const made = effects.parse(await readJson(`${url}/__sim/effects?limit=1000`)).effects;
  const withEffect = new Set(made.map(({ callId }) => callId));
  return { calls: open.length, withEffect: open.filter(({ id }) => withEffect.has(id)).length };
}

/** One line for the test's output. */
export function tellSummary({ calls, effects: made, doubled, repeats }: SimulatorSummary): string {
  const byOperation = Object.entries(made.byOperation).map(([name, count]) => `${name} ${count}`);
  return (
    `calls ${calls.started} started, ${calls.unanswered} unanswered; effects ${made.total} ` +
    `(${byOperation.join(", ")}); doubled ${doubled.length}; repeated mails ${repeats.mail}`
  );
}

async function readJson(url: string): Promise<unknown> {
  const answer = await fetch(url);
  return answer.json();
}
