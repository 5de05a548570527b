import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { NoServiceError } from "./no-service-error.ts";

const endpoints = z.object({ portal: z.string(), pid: z.int(), token: z.string() });

/** Where commands find the running service, and the token with which they may act on it. */
export type Endpoints = z.infer<typeof endpoints>;

export function writeEndpoints(dataDir: string, content: Endpoints): void {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(fileIn(dataDir), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
}

export function removeEndpoints(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true });
}

/** @throws {NoServiceError} when no service runs on this data folder. */
export function readEndpoints(dataDir: string): Endpoints {
  try {
    return endpoints.parse(JSON.parse(readFileSync(fileIn(dataDir), "utf8")));
  } catch (cause) {
    throw new NoServiceError(
      `no service is known to run on ${dataDir} (${fileIn(dataDir)} is missing or unreadable). Start it with \`sluice serve\` or \`npm start\`, or set SLUICE_DATA_DIR to its folder.`,
      { cause },
    );
  }
}

function fileIn(dataDir: string): string {
  return join(dataDir, "endpoints.json");
}
