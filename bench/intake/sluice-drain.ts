/** The service's intake as `compose.ts` puts it together, without the workers: the one file here that knows its parts. */
import { keepYoungHeapSmall } from "../../packages/bff/src/cli/young-heap.ts";
import { systemClock } from "../../packages/bff/src/clock.ts";
import { INTAKE_CREDIT } from "../../packages/bff/src/intake/intake-credit.ts";
import { IntakeStatus } from "../../packages/bff/src/intake/intake-status.ts";
import { runIntake } from "../../packages/bff/src/intake/run-intake.ts";
import type { HandOff, IntakeDeps } from "../../packages/bff/src/intake/run-intake.ts";
import { firstStep } from "../../packages/bff/src/provisioning/first-step.ts";
import { defaultMapping } from "../../packages/bff/src/salesforce/mapping.ts";
import { readEvent } from "../../packages/bff/src/salesforce/read-event.ts";
import { admit } from "../../packages/bff/src/store/admit.ts";
import { adoptAtFirstStart } from "../../packages/bff/src/store/deployment.ts";
import { takePosition } from "../../packages/bff/src/store/intake-position.ts";
import { openDatabase } from "../../packages/bff/src/store/open-database.ts";
import { openStore } from "../../packages/bff/src/store/store.ts";
import type { Store } from "../../packages/bff/src/store/store.ts";
import { createLog } from "../../packages/bff/src/telemetry/log.ts";
import { createMetrics } from "../../packages/bff/src/telemetry/metrics.ts";
import { followIntake, reportHandOff } from "../../packages/bff/src/watch.ts";
import { openSluiceClient } from "../pubsub/sluice-reader.ts";
import { approvalTopic as topic } from "./approval.ts";
import type { Drain, DrainTask, Inventory } from "./contender.ts";
import type { DrainMeter } from "./drain-meter.ts";

const queues = [firstStep.module, "billing", "network", "notify"];
/** Before every approval of the run. */
const goLiveAt = "2025-01-01T00:00:00.000Z";

/** @param databaseUrl null takes the embedded database. */
export async function openSluiceDrain(task: DrainTask, databaseUrl: string | null): Promise<Drain> {
  keepYoungHeapSmall();
  const { dataDir } = task;
  const orgId = task.address.tenantId;
  const database = await openDatabase({ dataDir, databaseUrl, namespace: "sluice" }, queues.length);
  const store = await openStore(database, queues);
  await adoptAtFirstStart(database, orgId, goLiveAt);
  return {
    async run(meter) {
      const status = new IntakeStatus();
      const log = createLog("silent");
      const follow = followIntake(new Map([[topic, status]]), log);
      const count = reportHandOff(createMetrics(), log);
      const client = await openSluiceClient(task.address, (event) => {
        if (event.name === "subscription:events:received") meter.received();
        follow(event);
      });
      const intake: IntakeDeps = {
        ...systemClock,
        client,
        topic,
        status,
        readEvent: (payload) => readEvent(payload, defaultMapping),
        takePosition: () => takePosition(database, orgId, topic, 1),
        admit: (batch) => admit({ store, firstStep }, batch),
        openGap: () => Promise.reject(new Error("the stream broke: this run measures nothing")),
        capacity: () => INTAKE_CREDIT,
        onHandOff(handOff) {
          count(handOff);
          tell(meter, handOff);
        },
        onProblem: (message) => meter.fail(new Error(message)),
      };
      const stopping = new AbortController();
      const running = runIntake(intake, stopping.signal);
      try {
        await meter.finished;
      } finally {
        stopping.abort();
        await running;
        client.close();
      }
    },
    takeInventory: () => takeInventory(store),
    async durability() {
      const { rows } = await store.query<{ settings: string }>(
        `SELECT string_agg(name || '=' || setting, ', ' ORDER BY name) AS settings FROM pg_settings
         WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')`,
      );
      return `${database.kind}: ${rows[0]?.settings ?? "unknown"}`;
    },
    close: () => store.close(),
  };
}

function tell(meter: DrainMeter, { admissions }: HandOff): void {
  const other = admissions.find(({ kind }) => kind !== "admitted");
  if (other === undefined) meter.handedOver(admissions.length);
  else meter.fail(new Error(`an approval was not admitted: ${JSON.stringify(other)}`));
}

async function takeInventory(store: Store): Promise<Inventory> {
  const { queue } = store.database.schemas;
  const { rows } = await store.query<Inventory>(`
    SELECT (SELECT count(*)                   FROM inbox WHERE disposition = 'admitted')    AS "inbox rows",
           (SELECT count(DISTINCT order_id)   FROM inbox)                                   AS "orders in the inbox",
           (SELECT count(DISTINCT order_id)   FROM order_revision WHERE state = 'queued')   AS "queued revisions",
           (SELECT count(DISTINCT revision_id) FROM step WHERE state = 'ready')             AS "first steps",
           (SELECT count(DISTINCT step_id)
            FROM "${queue}".job JOIN step ON step_id = (job.data::jsonb ->> 'stepId')::bigint) AS "jobs of a first step"`);
  const inventory = rows[0];
  if (inventory === undefined) throw new Error("the database answered without a row");
  return inventory;
}
