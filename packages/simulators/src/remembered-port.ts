import { readFileSync, writeFileSync } from "node:fs";
import type { CliSettings } from "./cli-settings.ts";
import { SimulatorStartError } from "./simulator-start-error.ts";
import { startSimulators } from "./start-simulators.ts";
import type { Simulators } from "./start-simulators.ts";

/**
 * Starts the simulators; when any SMTP port will do, the one of the last start is tried first, so that a service
 * that kept running finds mail where it was.
 *
 * @throws {SimulatorStartError} as `startSimulators` does.
 */
export async function startOnRememberedPort(
  settings: CliSettings,
  onLine: (text: string) => void,
): Promise<Simulators> {
  const { port, databaseFile, smtpPortFile } = settings;
  const start = (smtpPort: number): Promise<Simulators> =>
    startSimulators({ port, smtpPort, databaseFile, onLine });
  if (settings.smtpPort !== 0) return start(settings.smtpPort);
  const simulators = await startFirst(start, [readRememberedPort(smtpPortFile), 0]);
  rememberPort(smtpPortFile, simulators.smtpPort, onLine);
  return simulators;
}

// Only a convenience: the simulators run, and the next start may take another port.
function rememberPort(smtpPortFile: string, smtpPort: number, onLine: (text: string) => void): void {
  try {
    writeFileSync(smtpPortFile, `${smtpPort}\n`);
  } catch (reason) {
    const detail = reason instanceof Error ? reason.message : String(reason);
    onLine(`mail: port ${smtpPort} cannot be noted for the next start (${detail})`);
  }
}

async function startFirst(
  start: (smtpPort: number) => Promise<Simulators>,
  [remembered, fallback]: readonly [number, number],
): Promise<Simulators> {
  try {
    return await start(remembered);
  } catch (reason) {
    // Should it be the HTTP port that is taken, the second try fails for the same reason and says so.
    const isTaken = reason instanceof SimulatorStartError && reason.code.startsWith("port_");
    if (isTaken && remembered !== fallback) return start(fallback);
    throw reason;
  }
}

function readRememberedPort(smtpPortFile: string): number {
  try {
    const port = Number(readFileSync(smtpPortFile, "utf8").trim());
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 0;
  } catch {
    return 0; // no file yet: the first start
  }
}
