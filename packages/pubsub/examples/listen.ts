/**
 * Prints the events of a topic, one line of JSON each, and remembers how far it came: stop it, kill it, start it again.
 * Settings come from the environment; see the README.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPubSubClient } from "@sluice/pubsub";
import type { StartPosition, StreamItem } from "@sluice/pubsub";
import { readSettings } from "./settings.ts";

const { auth, endpoint, network, topic } = readSettings(process.env);
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

using client = createPubSubClient({
  ...(endpoint === undefined ? {} : { endpoint }),
  auth,
  network,
  // Longs beyond 2^53 as text, since JSON has no bigint.
  decode: { longs: "string", dates: "iso" },
});
client.on("subscription:stream:opened", () => log("listening"));
client.on("subscription:retry:scheduled", ({ delayMs, error }) =>
  log(`next try in ${delayMs} ms: ${error.message}`),
);
client.on("subscription:alarm:raised", ({ error }) => log(`a person should look: ${error.message}`));

// A position means nothing in another org or on another topic.
const { orgId } = await auth.get(stop.signal);
const name = `position-${orgId}-${topic.slice(topic.lastIndexOf("/") + 1)}.hex`;
const file = join(process.env["POSITION_DIR"] ?? ".", name);

for await (const item of client.subscribe(topic, { position: await readPosition(), signal: stop.signal })) {
  await handle(item);
}
log("stopped");

async function handle(item: StreamItem): Promise<void> {
  if (item.kind === "discontinuity") {
    log(`events may be missing, reading on at ${item.restartedAt}: ${item.error.message}`);
    return;
  }
  for (const event of item.events) {
    const { kind, id, schemaId } = event;
    const what =
      event.kind === "event" ? { payload: event.payload } : { raw: Buffer.from(event.raw).toString("hex") };
    process.stdout.write(`${JSON.stringify({ kind, id, schemaId, ...what })}\n`);
  }
  // After the events, never before: a crash in between prints them twice and skips none. Where the events go into a
  // database, the position goes into the same transaction.
  await storePosition(item.position);
}

async function readPosition(): Promise<StartPosition> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { kind: "earliest" };
    throw error;
  }
  return { kind: "after", replayId: Buffer.from(text, "hex") };
}

async function storePosition(position: Uint8Array): Promise<void> {
  const next = `${file}.next`;
  await writeFile(next, Buffer.from(position).toString("hex"));
  await rename(next, file);
}

function log(text: string): void {
  process.stderr.write(`${text}\n`);
}
