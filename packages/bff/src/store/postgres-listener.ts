import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

const RECONNECT_DELAY_MS = 1_000;

/**
 * Keeps one connection of its own that LISTENs on `channel`, and replaces it when it drops. After a replacement
 * `onNotify` is called once, since notifications may have been missed.
 */
export async function openListener(
  config: pg.ClientConfig,
  channel: string,
  onNotify: () => void,
): Promise<() => Promise<void>> {
  const stopped = new AbortController();
  let client = await connect();

  async function connect(): Promise<pg.Client> {
    const next = new pg.Client({ ...config, keepAlive: true });
    next.on("error", () => void reconnect(next));
    next.on("notification", onNotify);
    await next.connect();
    await next.query(`LISTEN "${channel}"`);
    return next;
  }

  async function reconnect(lost: pg.Client): Promise<void> {
    if (lost !== client) return;
    lost.removeAllListeners("notification");
    while (!stopped.signal.aborted) {
      try {
        client = await connect();
        onNotify();
        return;
      } catch {
        await delay(RECONNECT_DELAY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  }

  return async () => {
    stopped.abort();
    client.removeAllListeners("notification");
    await client.end();
  };
}
