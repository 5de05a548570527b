import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePorts } from "./free-ports.ts";

/** A data folder and ports of its own; they stay the same however often the processes on it die. */
export type Ground = AsyncDisposable & {
  readonly folder: string;
  readonly dataDir: string;
  readonly orgUrl: string;
  readonly simulatorsUrl: string;
  readonly portalUrl: string;
  readonly variables: Readonly<Record<string, string>>;
};

/**
 * Nothing of the caller's own environment gets in, so that no developer's settings decide a test.
 *
 * @param more further variables, such as `DATABASE_URL`.
 */
export async function openGround(more: Readonly<Record<string, string>> = {}): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-system-"));
  const [portal, org, orgGrpc, simulators, smtp] = await findFreePorts(5);
  const dataDir = join(folder, "data");
  return {
    folder,
    dataDir,
    orgUrl: `http://127.0.0.1:${org}`,
    simulatorsUrl: `http://127.0.0.1:${simulators}`,
    portalUrl: `http://127.0.0.1:${portal}`,
    variables: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      SLUICE_DATA_DIR: dataDir,
      PORT: String(portal),
      ORG_PORT: String(org),
      ORG_GRPC_PORT: String(orgGrpc),
      SIM_PORT: String(simulators),
      SIM_SMTP_PORT: String(smtp),
      ...more,
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
