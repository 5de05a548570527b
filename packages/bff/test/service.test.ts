import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { demoAccess, startOrg } from "@sluice/org";
import type { RunningOrg } from "@sluice/org";
import { billingDemoCredentials, networkDemoToken, startSimulators } from "@sluice/simulators";
import type { Simulators } from "@sluice/simulators";
import { systemClock } from "../src/clock.ts";
import { startService } from "../src/compose.ts";
import type { Service } from "../src/compose.ts";
import { defaultSweepRules } from "../src/intake/sweep-rules.ts";
import { allRoles } from "../src/service-config.ts";
import type { ServiceConfig } from "../src/service-config.ts";
import { createLog } from "../src/telemetry/log.ts";
import { onEachEngine } from "./support/databases.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const seed = join(root, "packages/org/seed");
const actor = { userId: "005Hs0000000001IAA" };
const folder = mkdtempSync(join(tmpdir(), "sluice-service-"));

let org: RunningOrg;
let simulators: Simulators;

before(async () => {
  org = await startOrg({
    metadataDirs: [join(root, "salesforce/core"), join(root, "salesforce/demo")],
    dataDir: join(folder, "org"),
    seedFiles: readdirSync(seed).map((name) => join(seed, name)),
    port: 0,
    grpcPort: 0,
  });
  simulators = await startSimulators({ port: 0, smtpPort: 0, databaseFile: join(folder, "simulators.db") });
});

after(async () => {
  await org.close();
  await simulators.close();
  rmSync(folder, { recursive: true, force: true });
});

type Engine = { readonly dataDir: string; readonly databaseUrl: string | null; readonly namespace: string };

function configOf(engine: Engine, changes: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    ...engine,
    portal: { host: "127.0.0.1", port: 0 },
    logLevel: "silent",
    goLiveAt: "2026-01-01T00:00:00.000Z",
    mode: "live",
    downstreams: null,
    sweep: defaultSweepRules,
    roles: allRoles,
    modules: null,
    salesforce: {
      loginUrl: org.url,
      clientId: demoAccess.clientId,
      signIn: { kind: "client_credentials", clientSecret: demoAccess.clientSecret },
      pubsubEndpoint: org.pubsubEndpoint,
      pubsubCaPem: readFileSync(org.caFile, "utf8"),
      topics: [],
      orgId: null,
    },
    billing: { url: `${simulators.url}/billing`, ...billingDemoCredentials },
    network: { url: `${simulators.url}/network`, token: networkDemoToken },
    mail: { url: simulators.smtpUrl, from: "Sluice <orders@sluice.test>" },
    ...changes,
  };
}

/** A running service, and a way to wait for what it says of an order. */
async function start(config: ServiceConfig) {
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const service: Service = await startService(config, {
    clock: systemClock,
    log: createLog("silent"),
    version: "0.0.0",
    onEntry: (entry) => {
      told.push(`${entry.orderId} ${entry.kind}`);
      for (const wake of waiting) wake();
    },
  });
  return {
    service,
    async until(said: string) {
      while (!told.includes(said)) {
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
  };
}

/** Each engine has orders of its own: the org and the simulators are shared. */
const orders = {
  pglite: { first: "801Hs0000000001IAA", whileDown: "801Hs0000000002IAA" },
  postgres: { first: "801Hs0000000003IAA", whileDown: "801Hs0000000010IAA" },
};

onEachEngine("provisions what was approved, while it runs and while it was down", async (kind, engine) => {
  const { first, whileDown } = orders[kind];
  const running = await start(configOf(engine));
  org.core.update(actor, "Order", first, { Status: "Approved" });
  await running.until(`${first} salesforce_activated`);
  assert.equal(running.service.orgId, org.orgId);
  await running.service.close();

  org.core.update(actor, "Order", whileDown, { Status: "Approved" });
  const again = await start(configOf(engine, { goLiveAt: null }));
  await again.until(`${whileDown} salesforce_activated`);
  await again.service.close();

  for (const id of [first, whileDown]) {
    const order = org.core.get("Order", id);
    assert.equal(order?.["Status"], "Activated");
    assert.equal(order["Provisioning_Status__c"], "Completed");
  }
  const summary = (await (await fetch(`${simulators.url}/__sim/summary`)).json()) as {
    readonly doubled: unknown[];
  };
  assert.deepEqual(summary.doubled, []);
});

onEachEngine("refuses a fresh store without a go-live", async (_kind, engine) => {
  await assert.rejects(start(configOf(engine, { goLiveAt: null })), {
    code: "go_live_missing",
    message: /Set SLUICE_GO_LIVE/,
  });
});

onEachEngine("refuses a sandbox whose downstreams are those of production", async (_kind, engine) => {
  await assert.rejects(start(configOf(engine, { downstreams: "production" })), {
    code: "sandbox_with_production_downstreams",
    message: /set SLUICE_DOWNSTREAMS=test/,
  });
});

test("says what is wrong when the credentials are, and starts nothing", async () => {
  const dataDir = join(folder, "wrong-credentials");
  const config = configOf({ dataDir, databaseUrl: null, namespace: "sluice" });
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
