/** Runs after `npm ci`: makes what first starts would otherwise spend seconds on. */
import { prepareDatabase } from "../packages/bff/src/store/pglite-folder.ts";

const outcome = await prepareDatabase();
process.stdout.write(outcome === "made" ? "prepared the embedded database\n" : "");
