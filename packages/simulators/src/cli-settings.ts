import { join, resolve } from "node:path";
import { SimulatorStartError } from "./simulator-start-error.ts";

export type CliSettings = {
  readonly port: number;
  /** 0: any free port, the remembered one first. */
  readonly smtpPort: number;
  readonly databaseFile: string;
  /** Where the SMTP port of the last start is noted. */
  readonly smtpPortFile: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {SimulatorStartError} `bad_setting`, naming every variable that is no good. */
export function readCliSettings(environment: Environment): CliSettings {
  const problems: string[] = [];
  const port = readPort(environment, "SIM_PORT", 4620, problems);
  const smtpPort = readPort(environment, "SIM_SMTP_PORT", 0, problems);
  if (problems.length > 0) throw new SimulatorStartError("bad_setting", problems.join("; "));
  const dataDir = resolve(environment["SLUICE_DATA_DIR"] || ".sluice");
  return {
    port,
    smtpPort,
    databaseFile: join(dataDir, "simulators.db"),
    smtpPortFile: join(dataDir, "simulators-smtp-port"),
  };
}

function readPort(environment: Environment, name: string, defaultPort: number, problems: string[]): number {
  const text = environment[name] ?? "";
  if (text === "") return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  problems.push(`${name} must be a port from 0 to 65535, but is ${JSON.stringify(text)}`);
  return defaultPort;
}
