import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below the range that systems take outgoing connections from: a port must stay free while its server is dead.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const MAX_TRIES = 100;

/** `count` different ports of 127.0.0.1 on which nobody listens. */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries === MAX_TRIES) throw new Error(`no ${count} free ports in ${MAX_TRIES} tries`);
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

/** Takes a port for itself, as another program would. */
export async function occupyPort(port: number): Promise<AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function isFree(port: number): Promise<boolean> {
  try {
    await using _occupied = await occupyPort(port);
    return true;
  } catch {
    return false;
  }
}
