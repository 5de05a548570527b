import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { demoEnvironment } from "../../../src/cli/dev/demo-environment.ts";
import { rememberedOrg, rememberedSimulators } from "../../../src/cli/dev/remembered-parts.ts";
import type { Database } from "../../../src/store/database.ts";
import { schemasOf } from "../../../src/store/database.ts";
import { intakeLease } from "../../../src/store/lease.ts";
import { openPostgresDatabase } from "../../../src/store/postgres-database.ts";
import { startPostgresServer } from "../../support/postgres-server.ts";
import { findFreePorts } from "./free-ports.ts";
import { openGround } from "./ground.ts";
import type { Ground } from "./ground.ts";
import { signIn } from "./org-client.ts";
import type { OrgClient } from "./org-client.ts";
import { ProcessTree, startDev } from "./process-tree.ts";
import { waitFor } from "./wait-for.ts";

const topic = "/event/OrderProvisionRequested__e";
const WAIT_MS = 30_000;

/** One `sluice` process of the deployment. */
export type Replica = {
  readonly tree: ProcessTree;
  /** Empty when it has no portal. */
  readonly portalUrl: string;
  readonly dataDir: string;
};

/** Processes that share one PostgreSQL, the emulated org and the simulators: what happens when one of them ends. */
export type Replicas = AsyncDisposable & {
  readonly ground: Ground;
  readonly database: Database;
  readonly org: OrgClient;
  /** Starts one more process and waits until it says that it is ready. */
  start(args: readonly string[]): Promise<Replica>;
  /** The process that holds the topic's lease, once one of these does. */
  untilLed(among: readonly Replica[]): Promise<{ readonly leader: Replica; readonly epoch: number }>;
  /** Ids of the streams that are open at the org. */
  streams(): Promise<readonly string[]>;
  untilStreams(isIt: (streams: readonly string[]) => boolean): Promise<readonly string[]>;
  /** The epoch that the cursor has, and what is in the inbox. */
  cursor(): Promise<{ readonly epoch: number; readonly events: number }>;
  picture(): Promise<string>;
};

export async function openReplicas(): Promise<Replicas> {
  await using parts = new AsyncDisposableStack();
  const postgres = await startPostgresServer();
  parts.defer(() => postgres.stop());
  const ground = parts.use(await openGround({ DATABASE_URL: postgres.url, SLUICE_LOG_LEVEL: "info" }));
  const others = parts.use(await startDev(ground, ["--without", "service"]));
  const { PORT: _port, ...variables } = demoEnvironment(
    ground.dataDir,
    { ...ground.variables },
    rememberedOrg(ground.dataDir),
    rememberedSimulators(ground.dataDir),
  );
  const database = await openPostgresDatabase(postgres.url, schemasOf("sluice"), 2);
  parts.defer(() => database.close());
  const org = await signIn(ground.orgUrl);
  const trees: ProcessTree[] = [];
  const picture = async (): Promise<string> =>
    [others, ...trees].map(({ pid, output }) => `${pid}: ${output.slice(-3_000)}`).join("\n\n");

  async function streams(): Promise<readonly string[]> {
    const answer = await fetch(`${ground.orgUrl}/__org/streams`);
    const { streams: open } = openStreams.parse(await answer.json());
    return open.filter(({ rpc }) => rpc === "Subscribe").map(({ rpcId }) => rpcId);
  }

  const running = parts.move();
  return {
    ground,
    database,
    org,
    picture,
    streams,
    async start(args) {
      const [port = 0] = await findFreePorts(1);
      const dataDir = join(ground.folder, `replica-${trees.length + 1}`);
      const tree = new ProcessTree(ground, args, {
        ...withoutUndefined(variables),
        SLUICE_DATA_DIR: dataDir,
        PORT: String(port),
      });
      running.use(tree);
      trees.push(tree);
      await tree.untilReady('"msg":"ready"');
      return { tree, dataDir, portalUrl: `http://127.0.0.1:${port}` };
    },
    untilLed: (among) =>
      waitFor(
        "one of the processes holds the lease",
        async () => {
          const { rows } = await database.query<{ holder: string; epoch: number }>(
            "SELECT holder, epoch FROM lease WHERE name = $1 AND expires_at > clock_timestamp()",
            [intakeLease(topic)],
          );
          const [held] = rows;
          const leader = among.find(({ tree }) => `${hostname()}:${tree.pid}` === held?.holder);
          return leader === undefined || held === undefined ? undefined : { leader, epoch: held.epoch };
        },
        { deadlineMs: WAIT_MS, intervalMs: 10, picture },
      ),
    untilStreams: (isIt) =>
      waitFor(
        "the org has the expected streams",
        async () => {
          const open = await streams();
          return isIt(open) ? open : undefined;
        },
        { deadlineMs: WAIT_MS, intervalMs: 10, picture },
      ),
    async cursor() {
      const { rows } = await database.query<{ epoch: number; events: number }>(
        "SELECT epoch, (SELECT count(*) FROM inbox) AS events FROM cursor WHERE topic = $1",
        [topic],
      );
      return rows[0] ?? { epoch: 0, events: 0 };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const openStreams = z.object({
  streams: z.array(z.object({ rpcId: z.string(), rpc: z.string() })),
});

function withoutUndefined(variables: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
