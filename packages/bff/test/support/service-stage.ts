import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { demoAccess, startOrg } from "@sluice/org";
import type { StartOrgOptions, RunningOrg } from "@sluice/org";
import { billingDemoCredentials, networkDemoToken, startSimulators } from "@sluice/simulators";
import type { Simulators } from "@sluice/simulators";
import type { Clock } from "../../src/clock.ts";
import { systemClock } from "../../src/clock.ts";
import type { Service } from "../../src/compose.ts";
import { startService } from "../../src/compose.ts";
import { defaultSweepRules } from "../../src/intake/sweep-rules.ts";
import { allRoles } from "../../src/service-config.ts";
import type { ServiceConfig } from "../../src/service-config.ts";
import { createLog } from "../../src/telemetry/log.ts";
import type { Engine } from "./databases.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const seed = join(root, "packages/org/seed");

/** Who approves orders in the org's own memory, past REST. */
export const approver = { userId: "005Hs0000000001IAA" };

/** The emulated org and the simulators, as real servers on free ports, for services in this process. */
export type ServiceStage = AsyncDisposable & {
  readonly org: RunningOrg;
  readonly simulators: Simulators;
  configOf(engine: Engine, changes?: Partial<ServiceConfig>): ServiceConfig;
};

export async function openServiceStage(options: Partial<StartOrgOptions> = {}): Promise<ServiceStage> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-service-"));
  const org = await startOrg({
    metadataDirs: [join(root, "salesforce/core"), join(root, "salesforce/demo")],
    dataDir: join(folder, "org"),
    seedFiles: readdirSync(seed).map((name) => join(seed, name)),
    port: 0,
    grpcPort: 0,
    ...options,
  });
  const simulators = await startSimulators({
    port: 0,
    smtpPort: 0,
    databaseFile: join(folder, "simulators.db"),
  });
  return {
    org,
    simulators,
    configOf: (engine, changes) => ({
      dataDir: engine.dataDir,
      databaseUrl: engine.databaseUrl,
      namespace: engine.namespace,
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
    }),
    async [Symbol.asyncDispose]() {
      await org.close();
      await simulators.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A service in this process, and ways to wait for what it says and to ask it. */
export type StagedService = AsyncDisposable & {
  readonly service: Service;
  /** Resolves once the journal said so, so many times: `801… salesforce_activated`. */
  until(said: string, times?: number): Promise<void>;
  has(said: string): boolean;
  get<Answer>(path: string): Promise<Answer>;
  /** Status and body of a command; of one that tells its progress the last line. */
  post<Answer>(path: string, body: object): Promise<{ readonly status: number; readonly body: Answer }>;
};

export async function startStaged(
  config: ServiceConfig,
  clock: Clock = systemClock,
  onLine?: (line: string) => void,
): Promise<StagedService> {
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const service = await startService(config, {
    clock,
    log: onLine === undefined ? createLog("silent") : createLog("info", { write: onLine }),
    version: "0.0.0",
    onEntry: (entry) => {
      told.push(`${entry.orderId} ${entry.kind}`);
      for (const wake of waiting) wake();
    },
  });
  return {
    service,
    has: (said) => told.includes(said),
    async until(said, times = 1) {
      while (told.filter((line) => line === said).length < times) {
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    get: async <Answer>(path: string) => {
      const answer = await fetch(`${service.url}${path}`);
      return (await answer.json()) as Answer;
    },
    post: async <Answer>(path: string, body: object) => {
      const answer = await fetch(`${service.url}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${service.token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const lines = (await answer.text()).trim().split("\n");
      return { status: answer.status, body: JSON.parse(lines.at(-1) ?? "") as Answer };
    },
    [Symbol.asyncDispose]: () => service.close(),
  };
}
