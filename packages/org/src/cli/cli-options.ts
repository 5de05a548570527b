import { parseArgs } from "node:util";
import { z } from "zod";
import { OrgStartError } from "../org-start-error.ts";

/** What the command line and the environment ask for; folders are as written. */
export type CliOptions =
  | { readonly kind: "help" }
  | {
      readonly kind: "start";
      readonly port: number;
      readonly grpcPort: number;
      readonly dataDir: string;
      /** Empty when none was named: then the demo's own metadata is used. */
      readonly metadataDirs: readonly string[];
      /** Files, or folders of them. Empty when none was named: then the demo's orders, with the demo's metadata only. */
      readonly seeds: readonly string[];
      readonly isWatching: boolean;
      /** The address as one line of JSON instead of text. */
      readonly isJson: boolean;
    };

export const helpText = `Usage: sluice-org [options]
       sluice-org test [--metadata <path>]... [--json]    runs the flow tests of the metadata

A Salesforce org on your laptop: OAuth, REST, the Pub/Sub API and pages, with the flows of your metadata.

Options
  --metadata <path>  an SFDX source folder; repeat it to apply several in order
                     (default: the demo's salesforce/core and salesforce/demo)
  --seed <path>      a JSON file with records for an empty org, or a folder of them; repeat it for several
                     (default: the demo's orders; with --metadata none, but for the org and its operator)
  --watch            read the metadata again when a file changes
  --port <n>         HTTP port for OAuth, REST and the pages (ORG_PORT, default 4610; 0 takes any free one)
  --grpc-port <n>    Pub/Sub API port, gRPC over TLS (ORG_GRPC_PORT, default 4611; 0 takes any free one)
  --data-dir <path>  where the org keeps its data (SLUICE_DATA_DIR, default .sluice)
  --json             say where the org is as one line of JSON, for scripts
  --help             this text

Sign in as operator@sluice.test with the password sluice-demo; API clients use the client id
sluice-demo with the secret sluice-demo-secret. Time, faults, log and snapshots: see /__org/ on the HTTP port.
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
    seeds: values.seed ?? [],
    isWatching: values.watch ?? false,
    isJson: values.json ?? false,
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
        seed: { type: "string", multiple: true },
        watch: { type: "boolean" },
        json: { type: "boolean" },
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
