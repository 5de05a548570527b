import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { systemClock } from "../clock.ts";
import type { FeedEntry } from "../store/journal-feed.ts";
import { startService } from "../compose.ts";
import { sayEntry } from "../portal/pages/words.ts";
import { createLog } from "../telemetry/log.ts";
import type { Command } from "./commands.ts";
import { removeEndpoints, writeEndpoints } from "./endpoints-file.ts";
import { readEnvironment } from "./environment.ts";
import { UsageError } from "./usage-error.ts";
import { keepYoungHeapSmall } from "./young-heap.ts";
import type { ServiceMessage } from "./dev/child-message.ts";
import { allRoles } from "../service-config.ts";
import type { Role, ServiceConfig } from "../service-config.ts";

/** pino's number of the level. */
const WARNING = 40;

const help = `Usage: sluice serve [--roles intake,worker,portal]

Runs the service. All settings are environment variables; the README lists them. A fresh store needs SLUICE_GO_LIVE.
Ends cleanly on SIGTERM and SIGINT.

  --roles <list>   what this process does, of: ${allRoles.join(", ")}; all of it when nothing is said. Several processes
                   need a PostgreSQL (DATABASE_URL), and each a SLUICE_DATA_DIR and a PORT of its own. However many of
                   them have the role intake, one reads the topic; the others take over when it ends.
`;

/** What one process of the deployment is started as. */
export type Service = Pick<ServiceConfig, "roles" | "modules">;

export const serve: Command = {
  name: "serve",
  summary: "run the service against a Salesforce org",
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: { help: { type: "boolean", short: "h" }, roles: { type: "string" } },
    });
    if (values.help === true) {
      process.stdout.write(help);
      return 0;
    }
    return runService({
      roles: values.roles === undefined ? allRoles : toRoles(values.roles),
      modules: null,
    });
  },
};

/** Runs until it is asked to stop. */
export async function runService(as: Service): Promise<number> {
  keepYoungHeapSmall();
  const config = { ...readEnvironment(process.env), ...as };
  const log = createLog(
    config.logLevel,
    process.send === undefined ? undefined : { write: tellInPlainWords },
  );
  const service = await startService(config, {
    clock: systemClock,
    log,
    version: packageVersion(),
    onEntry: (entry) => {
      log.debug({ orderId: entry.orderId, step: entry.stepName, ...entry.detail }, entry.kind);
      tellSupervisor({ kind: "line", text: lineOf(entry) });
    },
  });
  const { url, orgId, token } = service;
  if (url !== null) writeEndpoints(config.dataDir, { portal: url, pid: process.pid, token });
  log.info({ portal: url, orgId, roles: as.roles }, "ready");
  tellSupervisor({ kind: "ready", url });
  await untilAskedToStop();
  if (url !== null) removeEndpoints(config.dataDir);
  await service.close();
  // An open channel to the supervisor would keep the process alive.
  if (process.connected) process.disconnect();
  return 0;
}

function toRoles(list: string): readonly Role[] {
  return list.split(",").map((name) => {
    const role = allRoles.find((known) => known === name);
    if (role === undefined) throw new UsageError(`there is no role ${name}. Known: ${allRoles.join(", ")}.`);
    return role;
  });
}

function lineOf(entry: FeedEntry): string {
  return `${(entry.orderNumber ?? entry.orderId).padEnd(9)} ${sayEntry(entry.kind, entry.detail)}`;
}

const logLine = z.object({
  level: z.number(),
  msg: z.string().default(""),
  problem: z.string().optional(),
  reason: z.string().optional(),
  err: z.object({ message: z.string() }).optional(),
});

/** In a terminal a problem is a sentence, not JSON; what happens to orders is told by their own entries. */
function tellInPlainWords(line: string): void {
  const { level, msg, problem, reason, err } = logLine.parse(JSON.parse(line));
  const detail = problem ?? reason ?? err?.message;
  if (level >= WARNING && detail !== undefined) tellSupervisor({ kind: "line", text: `${msg}: ${detail}` });
}

/** With a supervisor there is an IPC channel; on its own there is none. */
function tellSupervisor(message: ServiceMessage): void {
  if (process.connected) process.send?.(message);
}

function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
    if (process.send !== undefined) process.once("disconnect", () => resolve());
  });
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
