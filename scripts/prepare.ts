/** Runs after `npm ci`: makes what first starts would otherwise spend seconds on. */
import { prepareDatabase } from "../packages/bff/src/store/prepare-database.ts";

try {
  const outcome = await prepareDatabase();
  if (outcome === "made") process.stdout.write("prepared the embedded database\n");
} catch (error) {
  // An installation is whole without it: the first start makes its database itself.
  const detail = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `the embedded database was not prepared (${detail}); the first start will take longer\n`,
  );
}
