import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const readyMessage = z.object({
  kind: z.literal("ready"),
  address: z.object({
    url: z.string(),
    pubsubEndpoint: z.string(),
    caFile: z.string(),
    accessToken: z.string(),
    instanceUrl: z.string(),
    tenantId: z.string(),
  }),
});
const usageMessage = z.object({
  kind: z.literal("usage"),
  usage: z.object({
    rss: z.number(),
    heapUsed: z.number(),
    arrayBuffers: z.number(),
    cpuMicros: z.number(),
  }),
});

/** Bytes of memory after a garbage collection, and microseconds of CPU since the start. */
export type OrgUsageSample = z.infer<typeof usageMessage>["usage"];

export type OrgProcess = {
  readonly address: z.infer<typeof readyMessage>["address"];
  /** From the fork to the first answer. */
  readonly startMs: number;
  usage(): Promise<OrgUsageSample>;
  stop(): Promise<void>;
};

export type OrgProcessOptions = {
  /** Fails a stream that asks for more than 100 events at once, instead of taking it for 100. Default false. */
  readonly refusesOverflow?: boolean;
};

export async function startOrgProcess(
  metadataDirs: readonly string[],
  dataDir: string,
  options: OrgProcessOptions = {},
): Promise<OrgProcess> {
  const startedAtMs = performance.now();
  const script = fileURLToPath(new URL("org-process.ts", import.meta.url));
  const settings = JSON.stringify({ metadataDirs, dataDir, ...options });
  const child = fork(script, [settings], { execArgv: ["--expose-gc"] });
  const ready = await Promise.race([once(child, "message"), once(child, "exit")]);
  if (child.exitCode !== null) throw new Error("the org did not start; its reason stands above");
  const { address } = readyMessage.parse(ready[0]);
  return {
    address,
    startMs: performance.now() - startedAtMs,
    async usage() {
      child.send({ kind: "usage" });
      const [message] = (await once(child, "message")) as [unknown];
      return usageMessage.parse(message).usage;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}
