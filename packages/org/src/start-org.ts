import { join } from "node:path";
import { prepareDataFolder } from "./data-folder.ts";
import { openOrgCore } from "./open-org-core.ts";
import { openStage } from "./org-stage.ts";
import { serveOrg } from "./serve-org.ts";
import type { RunningOrg, ServeOrgOptions } from "./serve-org.ts";
import type { ClockState } from "./time/org-clock.ts";

export type StartOrgOptions = Omit<ServeOrgOptions, "stage"> & {
  /** SFDX source folders, applied in order. */
  readonly metadataDirs: readonly string[];
  /** Holds `org.db` and `org-tls/`; made when it is missing. */
  readonly dataDir: string;
  /** Records for an empty database. */
  readonly seedFiles: readonly string[];
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
  await prepareDataFolder(options.dataDir);
  const stage = openStage(options.time);
  const core = openOrgCore({
    metadataDirs: options.metadataDirs,
    databaseFile: join(options.dataDir, "org.db"),
    seedFiles: options.seedFiles,
    clock: () => stage.clock.now(),
    random: options.random ?? (() => Math.random()),
    ...(options.pubsub === undefined ? {} : { pubsub: options.pubsub }),
    onWarning: (text) => {
      options.onLine?.({ text: `org: ${text}` });
    },
  });
  return serveOrg(core, { ...options, stage });
}
