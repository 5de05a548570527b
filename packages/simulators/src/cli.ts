#!/usr/bin/env node
import { parseArgs } from "node:util";
import { readCliSettings } from "./cli-settings.ts";
import { startOnRememberedPort } from "./remembered-port.ts";
import { SimulatorStartError } from "./simulator-start-error.ts";

/** What a parent that forked this program gets. */
type ParentMessage =
  | { readonly kind: "ready"; readonly url: string; readonly smtpUrl: string }
  | { readonly kind: "line"; readonly text: string };

const help = `sluice-simulators: stand-ins for billing (WHMCS), network activation and mail

  sluice-simulators          start them; Ctrl-C stops them
  sluice-simulators --help   this text

Environment:
  SIM_PORT         HTTP port for billing, network, control and page (4620)
  SIM_SMTP_PORT    SMTP port; 0 takes any free one and keeps it over restarts (0)
  SLUICE_DATA_DIR  folder of the records, simulators.db (.sluice)
`;

try {
  await main(process.argv.slice(2));
} catch (reason) {
  process.stderr.write(`sluice-simulators: ${describeFailure(reason)}\n`);
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}

async function main(args: readonly string[]): Promise<void> {
  if (readArguments(args).help) {
    process.stdout.write(help);
    return;
  }
  const isChild = process.send !== undefined;
  const tell = (message: ParentMessage): void => {
    if (process.connected) process.send?.(message);
  };
  const onLine = (text: string): void => {
    if (isChild) tell({ kind: "line", text });
    else process.stdout.write(`${text}\n`);
  };
  const simulators = await startOnRememberedPort(readCliSettings(process.env), onLine);

  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= simulators.close().then(() => {
      if (process.connected) process.disconnect();
    });
    stopping.catch((reason: unknown) => {
      process.stderr.write(`sluice-simulators: ${describeFailure(reason)}\n`);
      process.exitCode = 1;
    });
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  if (isChild) {
    process.once("disconnect", stop);
    if (!process.connected) stop();
  }
  tell({ kind: "ready", url: simulators.url, smtpUrl: simulators.smtpUrl });
  if (!isChild) process.stdout.write(`simulators: ${simulators.url} and ${simulators.smtpUrl}\n`);
}

function readArguments(args: readonly string[]): { readonly help: boolean } {
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: "boolean", short: "h" } } });
    return { help: values.help ?? false };
  } catch (reason) {
    const detail = reason instanceof Error ? reason.message : String(reason);
    throw new SimulatorStartError("bad_setting", `${detail}; see --help`, { cause: reason });
  }
}

function describeFailure(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
