import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { freePort } from "../../packages/bff/test/support/postgres-server.ts";

export type RedisServer = { readonly port: number; stop(): Promise<void> };

/** Redis's own defaults (snapshots), and its append-only file, synced every second as its guide recommends. */
const durability = ["--appendonly", "yes", "--appendfsync", "everysec"];

/**
 * What the system's Redis says of itself.
 *
 * @throws when there is none; the message says how to get one.
 */
export async function readRedisVersion(): Promise<string> {
  try {
    return (await promisify(execFile)("redis-server", ["--version"])).stdout.trim();
  } catch (cause) {
    throw new Error(
      "the peers need a Redis server, and redis-server does not run. Install it " +
        "(Debian and Ubuntu: apt-get install -y redis-server; macOS: brew install redis) and put it on the PATH.",
      { cause },
    );
  }
}

/** Starts the system's Redis on a free port, with its data in `folder`. */
export async function startRedisServer(folder: string): Promise<RedisServer> {
  const port = await freePort();
  const place = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder];
  const child = spawn("redis-server", [...place, ...durability], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  await isReady(child.stdout);
  return {
    port,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function isReady(output: NodeJS.ReadableStream): Promise<void> {
  const said: string[] = [];
  for await (const line of createInterface({ input: output })) {
    said.push(line);
    if (line.includes("Ready to accept connections")) break;
  }
  if (said.at(-1)?.includes("Ready to accept connections") !== true) {
    throw new Error(`redis-server did not start:\n${said.join("\n")}`);
  }
  output.resume(); // What else it says is dropped; a full pipe would stop it.
}
