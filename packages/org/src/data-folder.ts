import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { OrgStartError } from "./org-start-error.ts";

/** Makes the data folder and checks that it can be written. @throws {OrgStartError} data_folder. */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
  } catch (reason) {
    const detail = reason instanceof Error ? reason.message : String(reason);
    throw new OrgStartError(
      "data_folder",
      `the data folder ${dataDir} cannot be used (${detail}): set SLUICE_DATA_DIR to a folder that can be written`,
      { cause: reason },
    );
  }
}
