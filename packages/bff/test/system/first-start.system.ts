import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { OrgView } from "../../src/intake/org-commands.ts";
import type { Clock } from "../../src/clock.ts";
import { systemClock } from "../../src/clock.ts";
import { onPostgresEngine } from "../support/databases.ts";
import { approver, openServiceStage, startStaged } from "../support/service-stage.ts";
import type { ServiceStage } from "../support/service-stage.ts";

const OLD_ORDERS = 500;
const RETAINED_EVENTS = 40;
const template = "801Hs0000000001IAA";
const hourMs = 3_600_000;

let stage: ServiceStage;
/** Their events are still on the bus. */
const retained: string[] = [];
let olderThanRetained = "";

before(async () => {
  stage = await openServiceStage();
  const { core, clock } = stage.org;
  const orders = Array.from({ length: OLD_ORDERS }, () => core.clone(approver, "Order", template));
  const approve = (orderId: string) => core.update(approver, "Order", orderId, { Status: "Approved" });
  const gone = orders.slice(0, OLD_ORDERS - RETAINED_EVENTS);
  for (const orderId of gone) approve(orderId);
  clock.advance(80 * hourMs);
  olderThanRetained = new Date(clock.now()).toISOString();
  for (const orderId of orders.slice(OLD_ORDERS - RETAINED_EVENTS)) {
    approve(orderId);
    retained.push(orderId);
  }
  clock.advance(hourMs);
});
after(() => stage[Symbol.asyncDispose]());

/** The org's time is hours ahead; a service of that org has the same. */
function orgTime(): Clock {
  return { ...systemClock, now: () => stage.org.clock.now() };
}

async function effects(): Promise<number> {
  const answer = await fetch(`${stage.simulators.url}/__sim/summary`);
  return ((await answer.json()) as { readonly effects: { readonly total: number } }).effects.total;
}

type OrderList = { readonly counts: Readonly<Record<string, number>> };
type GapList = { readonly lastSweep: { readonly finishedAt: string | null } | null };

onPostgresEngine(
  "a fresh store starts nothing of 500 orders approved before go-live, and lists those whose events it got",
  async (_kind, engine) => {
    const goLiveAt = new Date(stage.org.clock.now()).toISOString();
    const made = await effects();
    await assert.rejects(startStaged(stage.configOf(engine, { goLiveAt: null }), orgTime()), {
      code: "go_live_missing",
    });
    await using staged = await startStaged(stage.configOf(engine, { goLiveAt }), orgTime());
    for (const orderId of retained) await staged.until(`${orderId} before_go_live`);
    await staged.post("/api/sweep", {});
    const { counts } = await staged.get<OrderList>("/api/orders");
    assert.deepEqual(counts, { before_go_live: RETAINED_EVENTS });
    const { lastSweep } = await staged.get<GapList>("/api/gaps");
    assert.ok(lastSweep?.finishedAt, "the sweep looked, and found nothing to start");
    assert.equal(await effects(), made);
  },
);

onPostgresEngine(
  "observing beside it has no effect and says what it would have done",
  async (_kind, engine) => {
    const made = await effects();
    const config = stage.configOf(engine, { goLiveAt: olderThanRetained, mode: "observe" });
    await using staged = await startStaged(config, orgTime());
    for (const orderId of retained) await staged.until(`${orderId} would_do`);
    const { observed } = await staged.get<OrgView>("/api/org");
    assert.deepEqual(observed, {
      received: RETAINED_EVENTS,
      wouldProvision: RETAINED_EVENTS,
      wouldHold: 0,
      wouldDoNothing: 0,
      unplanned: 0,
    });
    assert.equal(await effects(), made);
    const order = stage.org.core.get("Order", retained[0] ?? "");
    assert.equal(order?.["Provisioning_Status__c"], "Not Requested", "nothing was written back");
  },
);
