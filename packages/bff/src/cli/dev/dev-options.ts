import { parseArgs } from "node:util";
import { UsageError } from "../usage-error.ts";

export type Part = "org" | "simulators" | "service";

const allParts: readonly Part[] = ["org", "simulators", "service"];

export const devHelp = `Usage: sluice dev [--without <part>]... [--only <part>]...

Runs everything on this machine: a Salesforce org, stand-ins for billing, network and mail, and the service. Parts that
die are started again. State is kept under SLUICE_DATA_DIR (.sluice) and survives whatever happens to the processes.

  --without <part>   leave a part out: org, simulators or service
  --only <part>      run only this part; the others must be running already, on the same SLUICE_DATA_DIR
  --metadata <dir>   SFDX source folders for the org instead of the project's; may be given several times

Ports: PORT (4600), ORG_PORT (4610), ORG_GRPC_PORT (4611), SIM_PORT (4620), SIM_SMTP_PORT (any free one).
`;

export type DevOptions = {
  readonly help: boolean;
  readonly parts: readonly Part[];
  readonly metadataDirs: readonly string[];
};

/** @throws {UsageError} */
export function readDevOptions(args: readonly string[]): DevOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      without: { type: "string", multiple: true },
      only: { type: "string", multiple: true },
      metadata: { type: "string", multiple: true },
    },
  });
  const only = (values.only ?? []).map((name) => toPart(name));
  const without = (values.without ?? []).map((name) => toPart(name));
  const chosen = only.length === 0 ? allParts : only;
  const parts = chosen.filter((part) => !without.includes(part));
  if (parts.length === 0) throw new UsageError("no part is left to run.");
  return { help: values.help === true, parts, metadataDirs: values.metadata ?? [] };
}

function toPart(name: string): Part {
  const part = allParts.find((known) => known === name);
  if (part === undefined) throw new UsageError(`there is no part ${name}. Known: ${allParts.join(", ")}.`);
  return part;
}
