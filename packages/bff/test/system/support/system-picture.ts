import type { Ground } from "./ground.ts";
import { readIntake, readOrderList } from "./portal-client.ts";
import type { ProcessTree } from "./process-tree.ts";
import { readSummary, tellSummary } from "./simulators-client.ts";

const LAST_LINES = 60;

/** Everything that explains why a wait was in vain: intake, orders, downstreams, and the last lines printed. */
export async function systemPicture(ground: Ground, tree: ProcessTree): Promise<string> {
  const [intake, orders, downstreams] = await Promise.all([
    orElse(async () => JSON.stringify(await readIntake(ground.portalUrl))),
    orElse(async () => {
      const { counts, orders: list } = await readOrderList(ground.portalUrl);
      const errors = list
        .filter(({ errorCode }) => errorCode !== null)
        .map(({ orderId, errorCode, errorMessage }) => `  ${orderId} ${errorCode} ${errorMessage}`);
      return [JSON.stringify(counts), ...errors.slice(0, 10)].join("\n");
    }),
    orElse(async () => tellSummary(await readSummary(ground.simulatorsUrl))),
  ]);
  const lines = tree.output.trimEnd().split("\n").slice(-LAST_LINES);
  return `intake: ${intake}\norders: ${orders}\ndownstreams: ${downstreams}\n${lines.join("\n")}`;
}

async function orElse(look: () => Promise<string>): Promise<string> {
  try {
    return await look();
  } catch (error) {
    return `no answer (${error instanceof Error ? error.message : String(error)})`;
  }
}
