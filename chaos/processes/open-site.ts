import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  orgMessage,
  serviceMessage,
  simulatorsMessage,
} from "../../packages/bff/src/cli/dev/child-message.ts";
import type {
  OrgReady,
  ServiceReady,
  SimulatorsReady,
} from "../../packages/bff/src/cli/dev/child-message.ts";
import { demoEnvironment } from "../../packages/bff/src/cli/dev/demo-environment.ts";
import { findFreePorts } from "../../packages/bff/test/system/support/free-ports.ts";
import type { Backend } from "../campaign-options.ts";
import { plantArguments } from "../plant/plants.ts";
import type { PlantName } from "../plant/plants.ts";
import { CampaignProcess } from "./campaign-process.ts";
import { startDatabaseServer } from "./database-server.ts";
import type { DatabaseServer } from "./database-server.ts";
import { serviceCommands } from "./service-roles.ts";
import type { ServicePlace } from "./service-roles.ts";

export const sluiceScript = fileURLToPath(new URL("../../packages/bff/src/cli/sluice.ts", import.meta.url));
const orgScript = fileURLToPath(new URL("./org-process.ts", import.meta.url));

export type ServiceProcess = CampaignProcess<ServiceReady> & {
  readonly url: string;
  readonly place: ServicePlace;
};

/** Everything that runs, on ports and folders that stay the same however often it dies. */
export type Site = AsyncDisposable & {
  readonly backend: Backend;
  readonly org: CampaignProcess<OrgReady>;
  readonly simulators: CampaignProcess<SimulatorsReady>;
  readonly orgReady: OrgReady;
  readonly simulatorsReady: SimulatorsReady;
  readonly simulatorsFile: string;
  /** Null on the embedded database. */
  readonly database: DatabaseServer | null;
  /** Of the only service, on the embedded database. */
  readonly storeFolder: string;
  readonly services: readonly ServiceProcess[];
  /** For commands that work on the database without a service. */
  readonly migrateVariables: NodeJS.ProcessEnv;
};

export type SiteOptions = {
  readonly backend: Backend;
  readonly plant: PlantName | null;
  /** For the services, asked for at each start: sweep and gap settings, and go-live. */
  variables(): Readonly<Record<string, string>>;
  onOutput(name: string, line: string): void;
};

/** Starts the org, the simulators and the database. The services are made and not started yet. */
export async function openSite(options: SiteOptions): Promise<Site> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sluice-chaos-"));
  cleanup.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const commands = serviceCommands(options.backend);
  const ports = await findFreePorts(5 + commands.length);
  const [orgPort = 0, grpcPort = 0, simulatorsPort = 0, smtpPort = 0, databasePort = 0] = ports;
  const inherited = {
    PATH: process.env["PATH"],
    HOME: folder,
    NODE_COMPILE_CACHE: join(folder, "compile-cache"),
  };

  const database = options.backend === "postgres" ? await startDatabaseServer(databasePort) : null;
  if (database !== null) cleanup.defer(() => database.stop());

  const common = { execArgv: [], variables: () => inherited };
  const org = new CampaignProcess<OrgReady>({
    ...common,
    name: "org",
    script: orgScript,
    args: [JSON.stringify({ dataDir: makeFolder(folder, "org"), port: orgPort, grpcPort })],
    ready: orgMessage.options[0],
    onOutput: (line) => options.onOutput("org", line),
  });
  const simulatorsDir = makeFolder(folder, "simulators");
  const simulators = new CampaignProcess<SimulatorsReady>({
    ...common,
    name: "simulators",
    script: fileURLToPath(import.meta.resolve("@sluice/simulators/cli")),
    args: [],
    variables: () => ({
      ...inherited,
      SLUICE_DATA_DIR: simulatorsDir,
      SIM_PORT: String(simulatorsPort),
      SIM_SMTP_PORT: String(smtpPort),
    }),
    ready: simulatorsMessage.options[0],
    onOutput: (line) => options.onOutput("simulators", line),
  });
  cleanup.defer(() => simulators.stop());
  cleanup.defer(() => org.stop());
  const [orgReady, simulatorsReady] = await Promise.all([org.start(), simulators.start()]);

  const databaseVariables = database === null ? {} : { DATABASE_URL: database.url };
  const services = commands.map(({ place, args }, index): ServiceProcess => {
    const dataDir = makeFolder(folder, place);
    const port = ports[5 + index] ?? 0;
    let lives = 0;
    const process = new CampaignProcess<ServiceReady>({
      name: place,
      script: sluiceScript,
      args,
      execArgv: plantArguments(options.plant),
      variables: () => ({
        ...demoEnvironment(dataDir, inherited, orgReady, simulatorsReady),
        PORT: String(port),
        ...databaseVariables,
        // How the database tells the lives of one place apart, see watch-cursor.ts.
        PGAPPNAME: `${place}, life ${(lives += 1)}`,
        ...options.variables(),
      }),
      ready: serviceMessage.options[0],
      onOutput: (line) => options.onOutput(place, line),
    });
    cleanup.defer(() => process.stop());
    return Object.assign(process, { url: `http://127.0.0.1:${port}`, place });
  });
  const opened = cleanup.move();
  return {
    backend: options.backend,
    org,
    simulators,
    orgReady,
    simulatorsReady,
    simulatorsFile: join(simulatorsDir, "simulators.db"),
    database,
    storeFolder: join(folder, "service", "store", "pglite"),
    services,
    migrateVariables: { ...inherited, SLUICE_DATA_DIR: join(folder, "service"), ...databaseVariables },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function makeFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
