import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { freePort } from "../../packages/bff/test/support/postgres-server.ts";

export type RedisServer = { readonly port: number; stop(): Promise<void> };

/** Redis's own defaults (snapshots), and its append-only file, synced every second as its guide recommends. */
const durability = ["--appendonly", "yes", "--appendfsync", "everysec"];

/**
 * Starts the system's Redis on a free port, with its data in `folder`.
 *
 * @throws when there is none, or it does not start; the message says what to do.
 */
export async function startRedisServer(folder: string): Promise<RedisServer> {
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const place = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder];
  const child = spawn("redis-server", [...place, ...durability], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const spawned = once(child, "spawn").catch((cause: unknown) => {
    throw new Error(
      "the peers need a Redis server, and redis-server does not run. Install it " +
        "(Debian and Ubuntu: apt-get install -y redis-server; macOS: brew install redis) and put it on the PATH.",
      { cause },
    );
  });
  exited.catch(() => undefined);
  await spawned;
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
