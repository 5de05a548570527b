import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { waitFor } from "../../packages/bff/test/system/support/wait-for.ts";
import type { StreamFault } from "./act.ts";
import type { Stage } from "./perform-act.ts";

/** A fault that found nothing to bite by then is taken back. */
const USED_UP_MS = 30_000;
/** On a busy machine both readers may be starting at once after a kill. */
const LIVE_STREAM_MS = 90_000;

const armedFault = z.object({ id: z.int() });
const armedList = z.object({ armed: z.array(armedFault) });
const struck = z.object({ struck: z.int() });

/** Arms a fault, does what gives it something to bite, and goes on once it bit. */
export async function withFault(
  { org }: Pick<Stage, "org">,
  fault: Readonly<Record<string, unknown>>,
  provoke: () => Promise<void>,
): Promise<void> {
  const { id } = armedFault.parse(await org.control("POST", "/faults", fault));
  await provoke();
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < USED_UP_MS) {
    const { armed } = armedList.parse(await org.control("GET", "/faults"));
    if (!armed.some((each) => each.id === id)) return;
    await sleep(100);
  }
  await org.control("DELETE", `/faults/${id}`);
}

/** Lets a fault bite the streams that are live now, and waits for one when there is none. */
export async function strikeStreams({ org }: Pick<Stage, "org">, fault: StreamFault): Promise<void> {
  await waitFor(
    `${fault} bites a live stream`,
    async () => {
      const answer = struck.parse(await org.control("POST", "/faults", { kind: fault, at: "now" }));
      return answer.struck > 0 ? true : undefined;
    },
    {
      deadlineMs: LIVE_STREAM_MS,
      intervalMs: 100,
      picture: async () => JSON.stringify(await org.control("GET", "/streams")),
    },
  );
}

/** Takes back whatever is armed, so that what is held back reaches the bus. */
export async function disarmAll({ org }: Pick<Stage, "org">): Promise<void> {
  await org.control("DELETE", "/faults");
}
