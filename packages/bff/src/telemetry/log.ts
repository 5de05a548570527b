import { pino } from "pino";
import type { Logger } from "pino";

export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** JSON lines on standard output. Fields that could hold a secret are cut out, wherever they stand. */
export function createLog(level: string, destination?: { write(line: string): void }): Log {
  const options = {
    level,
    base: { service: "sluice" },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        "accessToken",
        "*.accessToken",
        "secret",
        "*.secret",
        "password",
        "*.password",
        "authorization",
        "*.authorization",
      ],
      censor: "[removed]",
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
