import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventBusProtoPath } from "@sluice/pubsub/proto";
import { openBareClient } from "../org/bare-client.ts";
import { startOrgProcess } from "../org/start-org-process.ts";
import type { OrgProcess } from "../org/start-org-process.ts";
import { makeInstalledCopy } from "./installed-copy.ts";
import { publishReadings } from "./publish-readings.ts";
import type { ReaderAddress } from "./reader.ts";

const metadataDir = fileURLToPath(new URL("../org/metadata", import.meta.url));

export type BusWithReadings = {
  readonly org: OrgProcess;
  readonly address: ReaderAddress;
  /** Of the programs that read, as JavaScript. */
  readonly programsDir: string;
  /** For files; removed at the end. */
  readonly folder: string;
};

/**
 * Starts an org whose bus holds `count` readings, and which fails a subscriber that ever has more than 100 events
 * outstanding; stops it after `work`.
 */
export async function withReadings<Result>(
  count: number,
  report: (text: string) => void,
  work: (bus: BusWithReadings) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-"));
  try {
    const programsDir = await makeInstalledCopy(join(folder, "copy"));
    const org = await startOrgProcess(metadataDir, join(folder, "org"), { refusesOverflow: true });
    try {
      const publisher = openBareClient(org);
      await publishReadings(publisher, count, report);
      publisher.close();
      const { pubsubEndpoint, caFile, accessToken, instanceUrl, tenantId } = org.address;
      const address = {
        pubsubEndpoint,
        caFile,
        accessToken,
        instanceUrl,
        tenantId,
        protoPath: eventBusProtoPath,
      };
      return await work({ org, address, programsDir, folder });
    } finally {
      await org.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
