import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { UsageError } from "../usage-error.ts";
import { orgMessage, simulatorsMessage } from "./child-message.ts";
import type { OrgReady, SimulatorsReady } from "./child-message.ts";

const folder = (dataDir: string) => join(dataDir, "dev");

/**
 * Where the parts are reached, so that the service can be started alone beside them. Called once all of them run: a
 * start that is refused halfway must not mislead a later one.
 */
export function rememberParts(dataDir: string, org: OrgReady, simulators: SimulatorsReady): void {
  mkdirSync(folder(dataDir), { recursive: true });
  writeFileSync(join(folder(dataDir), "org.json"), JSON.stringify(org));
  writeFileSync(join(folder(dataDir), "simulators.json"), JSON.stringify(simulators));
}

/** @throws {UsageError} when the part never ran on this data folder. */
export function rememberedOrg(dataDir: string): OrgReady {
  const ready = recall(dataDir, "org", orgMessage);
  if (ready.kind !== "ready") throw neverRan("org");
  return ready;
}

/** @throws {UsageError} when the part never ran on this data folder. */
export function rememberedSimulators(dataDir: string): SimulatorsReady {
  const ready = recall(dataDir, "simulators", simulatorsMessage);
  if (ready.kind !== "ready") throw neverRan("simulators");
  return ready;
}

function recall<Value>(dataDir: string, part: string, shape: z.ZodType<Value>): Value {
  try {
    return shape.parse(JSON.parse(readFileSync(join(folder(dataDir), `${part}.json`), "utf8")));
  } catch {
    throw neverRan(part);
  }
}

function neverRan(part: string): UsageError {
  return new UsageError(
    `the ${part} never ran on this data folder. Start it first: sluice dev --without service`,
  );
}
