import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "../commands.ts";
import { orgMessage, serviceMessage, simulatorsMessage } from "./child-message.ts";
import type { OrgReady, ServiceReady, SimulatorsReady } from "./child-message.ts";
import { demoEnvironment } from "./demo-environment.ts";
import { devHelp, readDevOptions } from "./dev-options.ts";
import type { DevOptions } from "./dev-options.ts";
import { rememberParts, rememberedOrg, rememberedSimulators } from "./remembered-parts.ts";
import { embeddedDatabaseNodeOptions } from "../../store/embedded-node-options.ts";
import { SupervisedProcess } from "./supervised-process.ts";
import { Terminal } from "./terminal.ts";
import { welcome } from "./welcome.ts";

/** Runs everything in one terminal: the org, the simulators and the service, each in a process of its own. */
export const dev: Command = {
  name: "dev",
  summary: "run everything on this machine, an emulated org included",
  async run(args) {
    const options = readDevOptions(args);
    if (options.help) {
      process.stdout.write(devHelp);
      return 0;
    }
    const stopping = new AbortController();
    const asked = untilAskedToStop(stopping);
    const startedAtMs = performance.now();
    const dataDir = resolve(process.env["SLUICE_DATA_DIR"] ?? ".sluice");
    const terminal = new Terminal(
      (text) => process.stdout.write(text),
      process.stdout.isTTY,
      () => new Date(),
    );
    await using running = new AsyncDisposableStack();

    const [org, simulators] = await Promise.all([
      startOrg(options, dataDir, terminal, running, stopping.signal),
      startSimulators(options, dataDir, terminal, running, stopping.signal),
    ]);
    rememberParts(dataDir, org, simulators);
    const service = await startService(options, dataDir, terminal, running, stopping.signal, org, simulators);
    terminal.plain(
      welcome({ org, simulators, service, dataDir, seconds: (performance.now() - startedAtMs) / 1000 }),
    );
    await asked;
    terminal.plain("stopping");
    return 0;
  },
};

async function startOrg(
  options: DevOptions,
  dataDir: string,
  terminal: Terminal,
  running: AsyncDisposableStack,
  stopping: AbortSignal,
): Promise<OrgReady> {
  if (!options.parts.includes("org")) return rememberedOrg(dataDir);
  const child = new SupervisedProcess<OrgReady>({
    name: "org",
    script: fileURLToPath(import.meta.resolve("@sluice/org/cli")),
    args: orgArguments(options.metadataDirs),
    variables: { ...process.env, SLUICE_DATA_DIR: dataDir },
    message: orgMessage,
    onLine: (text) => terminal.line("org", text),
    onRestart: (reason, delayMs) => terminal.line("org", `${reason}; starting again in ${delayMs / 1000} s`),
  });
  stopping.addEventListener("abort", () => child.expectEnd(), { once: true });
  running.defer(() => child.stop());
  return child.start();
}

/** Other metadata still runs with the demo's orders, which the org takes by itself with its own metadata only. */
function orgArguments(metadataDirs: readonly string[]): readonly string[] {
  if (metadataDirs.length === 0) return [];
  const seedDir = fileURLToPath(new URL("../seed", import.meta.resolve("@sluice/org/cli")));
  return [...metadataDirs.flatMap((dir) => ["--metadata", dir]), "--seed", seedDir];
}

async function startSimulators(
  options: DevOptions,
  dataDir: string,
  terminal: Terminal,
  running: AsyncDisposableStack,
  stopping: AbortSignal,
): Promise<SimulatorsReady> {
  if (!options.parts.includes("simulators")) return rememberedSimulators(dataDir);
  const child = new SupervisedProcess<SimulatorsReady>({
    name: "simulators",
    script: fileURLToPath(import.meta.resolve("@sluice/simulators/cli")),
    args: [],
    variables: { ...process.env, SLUICE_DATA_DIR: dataDir },
    message: simulatorsMessage,
    onLine: (text) => terminal.line("simulators", text),
    onRestart: (reason, delayMs) =>
      terminal.line("simulators", `${reason}; starting again in ${delayMs / 1000} s`),
  });
  stopping.addEventListener("abort", () => child.expectEnd(), { once: true });
  running.defer(() => child.stop());
  return child.start();
}

async function startService(
  options: DevOptions,
  dataDir: string,
  terminal: Terminal,
  running: AsyncDisposableStack,
  stopping: AbortSignal,
  org: OrgReady,
  simulators: SimulatorsReady,
): Promise<ServiceReady | null> {
  if (!options.parts.includes("service")) return null;
  const child = new SupervisedProcess<ServiceReady>({
    name: "service",
    script: fileURLToPath(new URL("../sluice.ts", import.meta.url)),
    args: ["serve"],
    nodeOptions: process.env["DATABASE_URL"] ? [] : embeddedDatabaseNodeOptions,
    variables: demoEnvironment(dataDir, process.env, org, simulators),
    message: serviceMessage,
    onLine: (text) => terminal.line("service", text),
    onRestart: (reason, delayMs) =>
      terminal.line("service", `${reason}; starting again in ${delayMs / 1000} s`),
  });
  stopping.addEventListener("abort", () => child.expectEnd(), { once: true });
  running.defer(() => child.stop());
  return child.start();
}

function untilAskedToStop(stopping: AbortController): Promise<void> {
  return new Promise((resolveAsked) => {
    const stop = () => {
      stopping.abort();
      resolveAsked();
    };
    // Ctrl-C may arrive twice, from the terminal and from npm.
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
