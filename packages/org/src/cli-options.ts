import { parseArgs } from "node:util";
import { z } from "zod";
import { OrgStartError } from "./org-start-error.ts";

/** What the command line and the environment ask for; folders are as written. */
export type CliOptions =
  | { readonly kind: "help" }
  | {
      readonly kind: "start";
      readonly port: number;
      readonly grpcPort: number;
      readonly dataDir: string;
      /** Empty when none was named: then the project's own metadata is used. */
      readonly metadataDirs: readonly string[];
    };

export const helpText = `Usage: sluice-org [options]
       sluice-org test [--metadata <path>]... [--json]    runs the flow tests of the metadata

A Salesforce org on your laptop: OAuth, REST, the Pub/Sub API and pages, with the flows of your metadata.

Options
  --port <n>         HTTP port for OAuth, REST and the pages (ORG_PORT, default 4610)
  --grpc-port <n>    Pub/Sub API port, gRPC over TLS (ORG_GRPC_PORT, default 4611)
  --data-dir <path>  where the org keeps its data (SLUICE_DATA_DIR, default .sluice)
  --metadata <path>  an SFDX source folder; repeat it to apply several in order
                     (default: the project's salesforce/core and salesforce/demo)
  --help             this text

Sign in as operator@sluice.test with the password sluice-demo; API clients use the client id
sluice-demo with the secret sluice-demo-secret.
`;

const portSchema = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().max(65_535));

/**
 * Options beat the environment, the environment beats the defaults.
 *
 * @throws {OrgStartError} bad_option that names the setting, what it takes and what it got.
 */
export function readCliOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CliOptions {
  const values = parseOptions(args);
  if (values.help === true) return { kind: "help" };
  return {
    kind: "start",
    port: readPort("--port or ORG_PORT", values.port ?? env["ORG_PORT"], 4610),
    grpcPort: readPort("--grpc-port or ORG_GRPC_PORT", values["grpc-port"] ?? env["ORG_GRPC_PORT"], 4611),
    dataDir: readFolder(values["data-dir"] ?? env["SLUICE_DATA_DIR"]),
    metadataDirs: values.metadata ?? [],
  };
}

function parseOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        "grpc-port": { type: "string" },
        "data-dir": { type: "string" },
        metadata: { type: "string", multiple: true },
        help: { type: "boolean", short: "h" },
      },
    });
    return values;
  } catch (reason) {
    const detail = reason instanceof Error ? reason.message : String(reason);
    throw new OrgStartError("bad_option", `${detail}; sluice-org --help lists the options`, {
      cause: reason,
    });
  }
}

function readPort(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === "") return fallback;
  const parsed = portSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new OrgStartError("bad_option", `${name} must be a port from 0 to 65535, and is "${text}"`);
}

function readFolder(text: string | undefined): string {
  return text === undefined || text === "" ? ".sluice" : text;
}
