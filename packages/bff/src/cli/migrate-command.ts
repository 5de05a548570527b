import { parseArgs } from "node:util";
import { z } from "zod";
import { migrate } from "../store/migrate.ts";
import { openDatabase } from "../store/open-database.ts";
import type { Command } from "./commands.ts";
import { UsageError } from "./usage-error.ts";

const help = `Usage: sluice migrate

Brings the database up to this version and ends. \`sluice serve\` does the same at its start; this is for deployments
that migrate with other rights than they run with. Reads DATABASE_URL, SLUICE_NAMESPACE and SLUICE_DATA_DIR.
`;

const namespacePattern = /^[a-z][a-z0-9_]{0,30}$/;

export const migrateCommand: Command = {
  name: "migrate",
  summary: "bring the database up to this version",
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { help: { type: "boolean", short: "h" } } });
    if (values.help === true) {
      process.stdout.write(help);
      return 0;
    }
    const namespace = z
      .string()
      .regex(namespacePattern)
      .safeParse(process.env["SLUICE_NAMESPACE"] ?? "sluice");
    if (!namespace.success)
      throw new UsageError("SLUICE_NAMESPACE may hold lower-case letters, digits and _.");
    const database = await openDatabase(
      {
        dataDir: process.env["SLUICE_DATA_DIR"] ?? ".sluice",
        databaseUrl: process.env["DATABASE_URL"] ?? null,
        namespace: namespace.data,
      },
      0,
    );
    try {
      const applied = await migrate(database);
      process.stdout.write(
        applied.length === 0 ? "The database is up to date.\n" : `Applied: ${applied.join(", ")}\n`,
      );
    } finally {
      await database.close();
    }
    return 0;
  },
};
