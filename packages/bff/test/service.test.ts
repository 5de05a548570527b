import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock } from "../src/clock.ts";
import { startService } from "../src/compose.ts";
import { createLog } from "../src/telemetry/log.ts";
import { onEachEngine } from "./support/databases.ts";
import { approver, openServiceStage, startStaged } from "./support/service-stage.ts";
import type { ServiceStage } from "./support/service-stage.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-service-"));

let stage: ServiceStage;
before(async () => {
  stage = await openServiceStage();
});
after(async () => {
  await stage[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Each engine has orders of its own: the org and the simulators are shared. */
const orders = {
  pglite: { first: "801Hs0000000001IAA", whileDown: "801Hs0000000002IAA" },
  postgres: { first: "801Hs0000000003IAA", whileDown: "801Hs0000000010IAA" },
};

onEachEngine("provisions what was approved, while it runs and while it was down", async (kind, engine) => {
  const { first, whileDown } = orders[kind];
  const running = await startStaged(stage.configOf(engine));
  stage.org.core.update(approver, "Order", first, { Status: "Approved" });
  await running.until(`${first} salesforce_activated`);
  assert.equal(running.service.orgId, stage.org.orgId);
  await running.service.close();

  stage.org.core.update(approver, "Order", whileDown, { Status: "Approved" });
  const again = await startStaged(stage.configOf(engine, { goLiveAt: null }));
  await again.until(`${whileDown} salesforce_activated`);
  await again.service.close();

  for (const id of [first, whileDown]) {
    const order = stage.org.core.get("Order", id);
    assert.equal(order?.["Status"], "Activated");
    assert.equal(order["Provisioning_Status__c"], "Completed");
  }
  const summary = (await (await fetch(`${stage.simulators.url}/__sim/summary`)).json()) as {
    readonly doubled: unknown[];
  };
  assert.deepEqual(summary.doubled, []);
});

onEachEngine("refuses a fresh store without a go-live", async (_kind, engine) => {
  await assert.rejects(startStaged(stage.configOf(engine, { goLiveAt: null })), {
    code: "go_live_missing",
    message: /Set SLUICE_GO_LIVE/,
  });
});

onEachEngine("refuses a sandbox whose downstreams are those of production", async (_kind, engine) => {
  await assert.rejects(startStaged(stage.configOf(engine, { downstreams: "production" })), {
    code: "sandbox_with_production_downstreams",
    message: /set SLUICE_DOWNSTREAMS=test/,
  });
});

test("says what is wrong when the credentials are, and starts nothing", async () => {
  const dataDir = join(folder, "wrong-credentials");
  const config = stage.configOf({ dataDir, databaseUrl: null, namespace: "sluice" });
  const signIn = { kind: "client_credentials", clientSecret: "not-the-secret" } as const;
  const lines: string[] = [];
  const waiting = Promise.withResolvers<string>();
  const log = createLog("warn", {
    write: (line) => {
      lines.push(line);
      waiting.resolve(line);
    },
  });
  const stop = new AbortController();
  const starting = startService(
    { ...config, salesforce: { ...config.salesforce, signIn } },
    {
      // It tries again until the credentials are right; the test ends its patience.
      clock: { ...systemClock, sleep: (_delayMs, signal) => waitForAbort([signal, stop.signal]) },
      log,
      version: "0.0.0",
      onEntry: () => undefined,
    },
  );
  const line = await waiting.promise;
  stop.abort();
  await assert.rejects(starting);
  assert.match(line, /waiting for Salesforce/);
  assert.match(line, /invalid_client|client secret/i);
  assert.doesNotMatch(lines.join(""), /not-the-secret/);
});

function waitForAbort(signals: readonly AbortSignal[]): Promise<never> {
  return new Promise((_resolve, reject) => {
    const any = AbortSignal.any([...signals]);
    const stop = () => reject(new Error("the test is over"));
    if (any.aborted) stop();
    else any.addEventListener("abort", stop, { once: true });
  });
}
