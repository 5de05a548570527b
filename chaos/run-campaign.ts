import { setTimeout as sleep } from "node:timers/promises";
import type { CampaignOptions } from "./campaign-options.ts";
import { untilDrained } from "./drain.ts";
import { FaultTally } from "./fault-tally.ts";
import type { Evidence, Verdict } from "./invariants/evidence.ts";
import { BusRecorder } from "./org/bus-recorder.ts";
import { OrderBook } from "./org/order-book.ts";
import { readApprovedOrders } from "./org/org-orders.ts";
import { openOrgSession } from "./org/org-session.ts";
import { watchVersions } from "./org/watch-versions.ts";
import { plants } from "./plant/plants.ts";
import { openSite } from "./processes/open-site.ts";
import type { Site } from "./processes/open-site.ts";
import { prepareStore } from "./processes/prepare-store.ts";
import { pace, setPace } from "./processes/simulators-pace.ts";
import type { Act } from "./schedule/act.ts";
import { tellAct } from "./schedule/act.ts";
import { disarmAll } from "./schedule/org-faults.ts";
import { performAct } from "./schedule/perform-act.ts";
import type { Stage } from "./schedule/perform-act.ts";
import { planRound, planSchedule } from "./schedule/plan-schedule.ts";
import { settle } from "./settle.ts";

const BEFORE_GO_LIVE = 5;
/** Event faults, stream faults and zombies approve orders of their own. */
const SPARE_ORDERS_A_FAULT = 4;

const settings = {
  SLUICE_SWEEP_SECONDS: "2",
  SLUICE_SWEEP_GRACE_SECONDS: "3",
  SLUICE_GAP_SETTLE_SECONDS: "5",
  SLUICE_LOG_LEVEL: "warn",
};

export type CampaignResult = {
  readonly options: CampaignOptions;
  readonly seconds: number;
  readonly drainSeconds: number;
  readonly faults: FaultTally["counts"];
  readonly verdicts: readonly Verdict[];
  /** Times that a service ended by itself. */
  readonly deaths: number;
};

/** A defect that was asked for never got into the service, so that the result would say nothing. */
export class PlantMissingError extends Error {
  override readonly name = "PlantMissingError";
  readonly code = "plant_missing";
}

/**
 * Runs one campaign from an empty site to its verdicts. `tell` gets one line for each thing that happens. All that was
 * started and written is gone at the end, also when `signal` aborts.
 *
 * @throws {PlantMissingError}
 */
export async function runCampaign(
  options: CampaignOptions,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<CampaignResult> {
  const startedAtMs = performance.now();
  const planted = new Set<string>();
  const goLive = { SLUICE_GO_LIVE: "" };
  await using site = await openSite({
    backend: options.backend,
    plant: options.plant,
    variables: () => ({ ...settings, ...goLive }),
    onOutput(name, line) {
      if (line.startsWith("chaos-plant:")) planted.add(line);
      else if (process.env["CHAOS_OUTPUT"] === "1") tell(`  ${name}: ${line}`);
    },
  });
  signal.throwIfAborted();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const onSite = play(options, site, tell, () => {
    goLive.SLUICE_GO_LIVE = new Date().toISOString();
  });
  const played = await Promise.race([onSite, aborted]);
  requirePlanted(options, planted);
  return { options, seconds: seconds(startedAtMs), ...played };
}

async function play(
  options: CampaignOptions,
  site: Site,
  tell: (text: string) => void,
  goLive: () => void,
): Promise<Omit<CampaignResult, "options" | "seconds">> {
  await setPace(site.simulatorsReady.url, pace);
  const org = openOrgSession(site.orgReady.url);
  const tally = new FaultTally();
  const recorder = new BusRecorder(org, tally);
  const book = new OrderBook(org, site.orgReady.url);
  await prepareStore(site, options.plant === null ? null : plants[options.plant]);

  const acts = planSchedule(options);
  await book.stock(BEFORE_GO_LIVE + options.orders + spareFor(acts));
  const beforeGoLive = new Set(await book.approveNext(BEFORE_GO_LIVE));
  // Salesforce keeps whole seconds of an approval's time.
  await sleep(1_100);
  goLive();
  await sleep(1_100);
  await Promise.all(site.services.map((service) => service.start()));
  tell(`${options.orders} orders, ${acts.length} acts, seed ${options.seed}, ${options.backend}: ready`);

  const watching = new AbortController();
  const recording = recorder.run(watching.signal);
  const fallen = watchVersions(org, watching.signal);
  const reusedIds = new Set<string>();
  const stage: Stage = { site, org, recorder, book, tally, reusedIds, wave: [] };
  const actingSinceMs = performance.now();
  await performAll(stage, acts, actingSinceMs, tell);
  for (let round = 1; isTimeLeft(options, actingSinceMs); round += 1) {
    const more = planRound({ ...options, seed: options.seed + round });
    await disarmAll(stage);
    await book.stock(
      more.reduce((sum, act) => sum + (act.kind === "approve" ? act.count : 0), 0) + spareFor(more),
    );
    await performAll(stage, more, actingSinceMs, tell);
  }
  await disarmAll(stage);

  tell("the faults are over; draining");
  const drainingSinceMs = performance.now();
  await Promise.all(site.services.map((service) => service.untilReady()));
  await untilDrained(stage, beforeGoLive, tell);
  watching.abort();
  await recording;
  const fallenVersions = await fallen;
  const verdicts = await settle(site, tell, async (store, downstreams): Promise<Evidence> => {
    await recorder.catchUp();
    const orders = await readApprovedOrders(org);
    const { generations, lost } = recorder;
    const { approvals } = book;
    return {
      orders,
      approvals,
      beforeGoLive,
      generations,
      lost,
      reusedIds,
      store,
      downstreams,
      fallenVersions,
    };
  });
  return {
    drainSeconds: seconds(drainingSinceMs),
    faults: tally.counts,
    verdicts,
    deaths: site.services.reduce((sum, { deaths }) => sum + deaths, 0),
  };
}

async function performAll(
  stage: Stage,
  acts: readonly Act[],
  sinceMs: number,
  tell: (text: string) => void,
): Promise<void> {
  for (const act of acts) {
    if (act.kind !== "rest") tell(`${seconds(sinceMs).toFixed(1).padStart(6)} s  ${tellAct(act)}`);
    await performAct(stage, act);
  }
}

function requirePlanted({ plant }: CampaignOptions, planted: ReadonlySet<string>): void {
  if (plant === null) return;
  const missing = plants[plant].entries.filter(({ file }) => !planted.has(`chaos-plant: ${plant} ${file}`));
  if (missing.length === 0) return;
  throw new PlantMissingError(`${plant} never got into ${missing.map(({ file }) => file).join(", ")}`);
}

function spareFor(acts: readonly Act[]): number {
  return acts.filter(({ kind }) => kind !== "rest").length * SPARE_ORDERS_A_FAULT;
}

function isTimeLeft({ minutes }: CampaignOptions, sinceMs: number): boolean {
  return minutes !== null && seconds(sinceMs) < minutes * 60;
}

function seconds(sinceMs: number): number {
  return (performance.now() - sinceMs) / 1_000;
}
