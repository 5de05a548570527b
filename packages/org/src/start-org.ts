import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareDataFolder } from "./data-folder.ts";
import { openOrgCore } from "./open-org-core.ts";
import { openStage } from "./org-stage.ts";
import { serveOrg } from "./serve-org.ts";
import type { RunningOrg, ServeOrgOptions } from "./serve-org.ts";
import { keepClock } from "./time/keep-clock.ts";
import type { ClockState } from "./time/org-clock.ts";

export type StartOrgOptions = Omit<ServeOrgOptions, "stage" | "dataDir"> & {
  /** SFDX source folders, applied in order. */
  readonly metadataDirs: readonly string[];
  /** Holds `org.db` and `org-tls/`; made when it is missing. Without it the org lives in memory. */
  readonly dataDir?: string;
  /** Records for an empty database. Default none, but for the org and its operator. */
  readonly seedFiles?: readonly string[];
  /** Where the org's time stands and how fast it runs. Default: beside real time. */
  readonly time?: ClockState;
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number;
  /** One line for each thing that happens to an Order, and for what the metadata warns about. */
  readonly onLine?: (line: { readonly text: string }) => void;
};

/**
 * Starts an org: its data, its HTTP server and its Pub/Sub endpoint. Nothing is left behind when
 * one of them fails.
 *
 * @throws {OrgStartError} when a port or the data folder cannot be used.
 * @throws the metadata's own error, with file and element, when it is not understood.
 */
export async function startOrg(options: StartOrgOptions): Promise<RunningOrg> {
  const { dataDir } = options;
  await using cleanup = new AsyncDisposableStack();
  const folder = dataDir ?? (await temporaryFolder(cleanup));
  await prepareDataFolder(folder);
  const stage = openStage(options.time);
  const core = openOrgCore({
    metadataDirs: options.metadataDirs,
    databaseFile: dataDir === undefined ? ":memory:" : join(dataDir, "org.db"),
    seedFiles: options.seedFiles ?? [],
    clock: () => stage.clock.now(),
    random: options.random ?? (() => Math.random()),
    ...(options.pubsub === undefined ? {} : { pubsub: options.pubsub }),
    onWarning: (text) => {
      options.onLine?.({ text: `org: ${text}` });
    },
  });
  if (options.time === undefined) keepClock(stage.clock, core.state);
  const org = await serveOrg(core, { ...options, dataDir: folder, stage });
  cleanup.defer(() => org.close());
  const running = cleanup.move();
  return {
    ...org,
    close: () => running.disposeAsync(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Clients trust a certificate by its file, so that an org in memory has a folder too, while it runs. */
async function temporaryFolder(cleanup: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-org-"));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
