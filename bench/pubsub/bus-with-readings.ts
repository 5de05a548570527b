import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBareClient } from "../org/bare-client.ts";
import { withBus } from "./bus.ts";
import type { Bus } from "./bus.ts";
import { makeInstalledCopy } from "./installed-copy.ts";
import { publishReadings } from "./publish-readings.ts";

const metadataDir = fileURLToPath(new URL("../org/metadata", import.meta.url));

export type BusWithReadings = Bus & {
  /** Of the programs that read, as JavaScript. */
  readonly programsDir: string;
};

/** Starts an org whose bus holds `count` readings; stops it after `work`. */
export function withReadings<Result>(
  count: number,
  report: (text: string) => void,
  work: (bus: BusWithReadings) => Promise<Result>,
): Promise<Result> {
  return withBus([metadataDir], async (bus) => {
    const programsDir = await makeInstalledCopy(join(bus.folder, "copy"));
    const publisher = openBareClient(bus.org);
    await publishReadings(publisher, count, report);
    publisher.close();
    return work({ ...bus, programsDir });
  });
}
