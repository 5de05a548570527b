import { setTimeout as sleep } from "node:timers/promises";
import { fateOf, readApprovedOrders } from "./org/org-orders.ts";
import type { Stage } from "./schedule/perform-act.ts";

const LOOK_MS = 1_000;
/** A drain without any progress for so long is over. An order that met the org's API limit waits for five minutes. */
const STUCK_MS = 330_000;

/** Waits until every order has come to an end, as long as there is any progress. */
export async function untilDrained(
  { org, book }: Pick<Stage, "org" | "book">,
  beforeGoLive: ReadonlySet<string>,
  tell: (text: string) => void,
): Promise<void> {
  const sinceMs = performance.now();
  let progressMs = sinceMs;
  let before = "";
  for (;;) {
    const orders = await readApprovedOrders(org);
    const open = orders.filter((order) => !beforeGoLive.has(order.Id) && fateOf(order) === "open");
    if (open.length === 0) return;
    const picture = JSON.stringify(open);
    if (picture !== before) {
      progressMs = performance.now();
      const time = ((performance.now() - sinceMs) / 1_000).toFixed(1).padStart(6);
      tell(`${time} s  ${open.length} of ${book.approvals.size} orders are still open`);
    }
    before = picture;
    if (performance.now() - progressMs > STUCK_MS) {
      tell(`        no progress for ${STUCK_MS / 1_000} s; given up, with these orders open:`);
      for (const order of open.slice(0, 10)) tell(`        ${JSON.stringify(order)}`);
      return;
    }
    await sleep(LOOK_MS);
  }
}
