import { watch } from "node:fs";
import { MetadataError } from "../metadata/metadata-error.ts";
import type { OrgCore } from "../org-core.ts";

/** Editors write a file in several steps, and a checkout changes many. */
const settleMs = 100;

/**
 * Reads the metadata again whenever a file below the folders changes. A file that is not understood is told, and the
 * org goes on with what it had. Returns how to stop.
 */
export function watchMetadata(
  dirs: readonly string[],
  core: Pick<OrgCore, "reload">,
  report: (line: { readonly text: string }) => void,
): () => void {
  let waiting: NodeJS.Timeout | undefined;
  const reload = (): void => {
    try {
      core.reload();
      report({ text: "org: metadata read again" });
    } catch (reason) {
      if (!(reason instanceof MetadataError)) throw reason;
      report({ text: `org: the metadata stays as it was: ${reason.message}` });
    }
  };
  const watchers = dirs.map((dir) =>
    watch(dir, { recursive: true }, () => {
      clearTimeout(waiting);
      waiting = setTimeout(reload, settleMs);
    }),
  );
  return () => {
    clearTimeout(waiting);
    for (const watcher of watchers) watcher.close();
  };
}
