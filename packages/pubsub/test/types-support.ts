import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startOrg } from "@sluice/org";
import type { RunningOrg } from "@sluice/org";
import { runCli } from "../src/types-cli/run-cli.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const repository = fileURLToPath(new URL("../../..", import.meta.url));

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Whoever cleans up at its end: a test, or a whole file. */
export type Owner = { readonly after: (release: () => Promise<void>) => void };

/** A folder below the package, where modules of the repository are found; gone after the test. */
export async function scratchFolder(t: Owner): Promise<string> {
  const base = join(packageDir, ".scratch");
  await mkdir(base, { recursive: true });
  const folder = await mkdtemp(join(base, "test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The org of the demo, in memory. With a key it takes JWTs that are signed by it. */
export async function openOrg(
  t: Owner,
  given: { readonly jwtPublicKeyPem?: string; readonly metadataDir?: string } = {},
): Promise<RunningOrg> {
  const { metadataDir, ...options } = given;
  const demo = ["core", "demo"].map((name) => join(repository, "salesforce", name));
  const metadataDirs = metadataDir === undefined ? demo : [...demo, metadataDir];
  const org = await startOrg({ ...options, metadataDirs });
  t.after(() => org.close());
  return org;
}

/** What a user of the demo's org has in the environment. */
export async function environmentOf(
  org: RunningOrg,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, "sluice-demo-secret\n");
  return {
    SALESFORCE_LOGIN_URL: org.url,
    SALESFORCE_CLIENT_ID: "sluice-demo",
    SALESFORCE_CLIENT_SECRET_FILE: secretFile,
    SALESFORCE_PUBSUB_ENDPOINT: org.pubsubEndpoint,
    SALESFORCE_PUBSUB_CA_FILE: org.caFile,
  };
}

export async function runTypes(
  args: readonly string[],
  given: {
    readonly folder: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  },
): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const code = await runCli(args, {
    env: given.env ?? {},
    folder: given.folder,
    print: (text) => {
      stdout += text;
    },
    tell: (text) => {
      stderr += text;
    },
    signal: given.signal ?? new AbortController().signal,
  });
  return { code, stdout, stderr };
}

/** Runs a program to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}

export const compiler: string = join(repository, "node_modules", ".bin", "tsc");
