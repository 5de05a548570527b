#!/usr/bin/env node
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadJwtKeyPair } from "./auth/jwt-key-pair.ts";
import { helpText, readCliOptions } from "./cli-options.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { testCommand } from "./flow-test/test-command.ts";
import { startOrg } from "./start-org.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));

async function main(): Promise<void> {
  const [verb, ...rest] = process.argv.slice(2);
  if (verb === "test") {
    process.exitCode = testCommand(rest, projectMetadata(), (text) => process.stdout.write(text));
    return;
  }
  const options = readCliOptions(process.argv.slice(2), process.env);
  if (options.kind === "help") {
    process.stdout.write(helpText);
    return;
  }
  const dataDir = resolve(options.dataDir);
  await prepareDataFolder(dataDir);
  const keyPair = await loadJwtKeyPair(join(dataDir, "org", "jwt-private-key.pem"));
  const org = await startOrg({
    metadataDirs: options.metadataDirs.length > 0 ? options.metadataDirs : projectMetadata(),
    dataDir,
    seedFiles: await projectSeed(),
    port: options.port,
    grpcPort: options.grpcPort,
    jwtPublicKeyPem: keyPair.publicKeyPem,
    onLine: report,
  });
  endWith(() => org.close());
  const { url, pubsubEndpoint, caFile, orgId } = org;
  if (process.send !== undefined) {
    process.send({
      kind: "ready",
      url,
      pubsubEndpoint,
      caFile,
      orgId,
      privateKeyFile: keyPair.privateKeyFile,
    });
    return;
  }
  report({ text: `org: ${orgId} is ready at ${url}, sign in as operator@sluice.test with sluice-demo` });
  report({ text: `org: Pub/Sub API at ${pubsubEndpoint}, certificate ${caFile}` });
}

function projectMetadata(): readonly string[] {
  return ["core", "demo"].map((name) => join(packageDir, "..", "..", "salesforce", name));
}

async function projectSeed(): Promise<readonly string[]> {
  const seedDir = join(packageDir, "seed");
  const names = await readdir(seedDir);
  return names
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => join(seedDir, name));
}

/** A supervisor that started this process gets the line as a message, a terminal as text. */
function report(line: { readonly text: string }): void {
  if (process.send !== undefined) process.send({ kind: "line", text: line.text });
  else process.stdout.write(`${line.text}\n`);
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
        fail(reason);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.on("disconnect", end);
}

function fail(reason: unknown): void {
  process.stderr.write(`sluice-org: ${reason instanceof Error ? reason.message : String(reason)}\n`);
}

try {
  await main();
} catch (reason) {
  fail(reason);
  process.exit(1);
}
