import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventBusProtoPath } from "@sluice/pubsub/proto";
import { startOrgProcess } from "../org/start-org-process.ts";
import type { OrgProcess } from "../org/start-org-process.ts";
import type { ReaderAddress } from "./reader.ts";

export type Bus = {
  readonly org: OrgProcess;
  readonly address: ReaderAddress;
  /** For files; removed at the end. */
  readonly folder: string;
};

/**
 * Starts an org, which fails a subscriber that ever has more than 100 events outstanding; stops it after `work`.
 */
export async function withBus<Result>(
  metadataDirs: readonly string[],
  work: (bus: Bus) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-"));
  try {
    const org = await startOrgProcess(metadataDirs, join(folder, "org"), { refusesOverflow: true });
    try {
      const { pubsubEndpoint, caFile, accessToken, instanceUrl, tenantId } = org.address;
      const protoPath = eventBusProtoPath;
      const address = { pubsubEndpoint, caFile, accessToken, instanceUrl, tenantId, protoPath };
      return await work({ org, address, folder });
    } finally {
      await org.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
