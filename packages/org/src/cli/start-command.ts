import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadJwtKeyPair } from "../auth/jwt-key-pair.ts";
import { prepareDataFolder } from "../data-folder.ts";
import { OrgStartError } from "../org-start-error.ts";
import { startOrg } from "../start-org.ts";
import type { CliOptions } from "./cli-options.ts";
import { tellFailure } from "./tell-failure.ts";
import { watchMetadata } from "./watch-metadata.ts";

type StartOptions = Extract<CliOptions, { readonly kind: "start" }>;

const packageDir = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Starts an org and lets it run until a signal, or until the parent process lets go.
 *
 * @throws {OrgStartError} and the metadata's and the seed's own errors.
 */
export async function runStartCommand(options: StartOptions): Promise<void> {
  const dataDir = resolve(options.dataDir);
  await prepareDataFolder(dataDir);
  const isDemo = options.metadataDirs.length === 0;
  const metadataDirs = isDemo ? demoMetadata() : options.metadataDirs;
  const seeds = isDemo && options.seeds.length === 0 ? [join(packageDir, "seed")] : options.seeds;
  const report = reporter(options.isJson);
  const keyPair = loadJwtKeyPair(join(dataDir, "org", "jwt-private-key.pem"));
  const org = await startOrg({
    metadataDirs,
    dataDir,
    seedFiles: await findSeedFiles(seeds),
    port: options.port,
    grpcPort: options.grpcPort,
    jwtPublicKeyPem: keyPair.then(({ publicKeyPem }) => publicKeyPem),
    onLine: report,
  });
  const { privateKeyFile } = await keyPair;
  const stopWatching = options.isWatching ? watchMetadata(metadataDirs, org.core, report) : () => undefined;
  endWith(() => {
    stopWatching();
    return org.close();
  });
  const { url, pubsubEndpoint, caFile, orgId } = org;
  const address = { url, pubsubEndpoint, caFile, orgId, privateKeyFile };
  if (process.send !== undefined) process.send({ kind: "ready", ...address });
  else if (options.isJson) process.stdout.write(`${JSON.stringify(address)}\n`);
  else {
    report({ text: `org: ${orgId} is ready at ${url}, sign in as operator@sluice.test with sluice-demo` });
    report({ text: `org: Pub/Sub API at ${pubsubEndpoint}, certificate ${caFile}` });
  }
}

export function demoMetadata(): readonly string[] {
  return ["core", "demo"].map((name) => join(packageDir, "..", "..", "salesforce", name));
}

/** A folder stands for the JSON files in it, by name. @throws {OrgStartError} bad_option */
async function findSeedFiles(seeds: readonly string[]): Promise<readonly string[]> {
  const files = await Promise.all(
    seeds.map(async (seed) => {
      const found = await stat(seed).catch((reason: unknown) => {
        throw new OrgStartError("bad_option", `--seed: there is no ${seed}; name a JSON file or a folder`, {
          cause: reason,
        });
      });
      if (!found.isDirectory()) return [seed];
      const names = await readdir(seed);
      return names
        .filter((name) => name.endsWith(".json"))
        .toSorted()
        .map((name) => join(seed, name));
    }),
  );
  return files.flat();
}

/** A supervisor that started this process gets lines as messages, a terminal as text; JSON has stdout to itself. */
function reporter(isJson: boolean): (line: { readonly text: string }) => void {
  const stream = isJson ? process.stderr : process.stdout;
  return ({ text }) => {
    if (process.send !== undefined) process.send({ kind: "line", text });
    else stream.write(`${text}\n`);
  };
}

/**
 * Closes cleanly on a signal, and when the supervisor is gone. Ctrl-C may arrive several times, from
 * the terminal, from npm and from the supervisor; the first one counts.
 */
function endWith(close: () => Promise<void>): void {
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    close().then(
      () => process.exit(0),
      (reason: unknown) => {
        tellFailure(reason);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.on("disconnect", end);
}
