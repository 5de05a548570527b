import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startOrg } from "@sluice/org";
import type { RunningOrg, StartOrgOptions } from "@sluice/org";
import avsc from "avsc";
import { createPubSubClient } from "../src/index.ts";
import type { PubSubClient, PubSubClientOptions, Session, Timing, TokenSource } from "../src/index.ts";

export const topic = "/event/Reading__e";
/** Two events, and a channel that carries both. */
export const metadataDir = fileURLToPath(new URL("fixtures/metadata", import.meta.url));
const startMs = Date.UTC(2026, 0, 5, 9);

/** An event on the bus: its id, and where it stands. */
export type Published = { readonly id: string; readonly position: number; readonly replayId: Uint8Array };

/** A real org on the loopback whose time, and that of its clients, moves only when a test says so. */
export type EmulatedOrg = {
  readonly org: RunningOrg;
  readonly timing: Timing;
  /** Sessions of the operator. */
  readonly auth: OrgSessions;
  /** A client of the org, on the org's time; closed with the org. */
  open(options?: Partial<PubSubClientOptions>): PubSubClient;
  /** Puts events on the bus. */
  publish(ids: readonly string[]): readonly Published[];
  /** Moves time on in small steps, and lets everybody act in between. */
  advance(forMs: number, stepMs?: number): Promise<void>;
  /** Resolves when a subscription of the topic has credit. */
  untilListening(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function openEmulatedOrg(
  options: Pick<StartOrgOptions, "pubsub"> & {
    readonly metadataDirs?: readonly string[];
    readonly chance?: () => number;
  } = {},
): Promise<EmulatedOrg> {
  const org = await startOrg({
    metadataDirs: options.metadataDirs ?? [metadataDir],
    time: { nowMs: startMs, rate: 0 },
    random: () => 0.5,
    pubsub: { allocations: { deliverPerDay: 1e9, publishPerHour: 1e9 }, ...options.pubsub },
  });
  const clients: PubSubClient[] = [];
  const timing = timingOf(org, options.chance ?? (() => 0.5));
  const schemaId = org.core.bus.topic(topic)?.schemaId ?? "";
  const type = avsc.Type.forSchema(JSON.parse(org.core.bus.schemaJson(schemaId) ?? "") as avsc.Schema);
  const auth = sessionsOf(org);
  return {
    org,
    timing,
    auth,
    open(change = {}) {
      const client = createPubSubClient({
        endpoint: org.pubsubEndpoint,
        ca: readFileSync(org.caFile),
        auth,
        ...timing,
        ...change,
      });
      clients.push(client);
      return client;
    },
    publish(ids) {
      const events = ids.map((id) => ({
        id,
        schemaId,
        payload: type.toBuffer({
          CreatedDate: org.clock.now(),
          CreatedById: "005Hs0000000001IAA",
          Sensor__c: id,
          Value__c: null,
        }),
      }));
      return org.core.bus.append(topic, events).map(({ position, replayId }, index) => ({
        id: ids[index] ?? "",
        position,
        replayId: new Uint8Array(replayId),
      }));
    },
    async advance(forMs, stepMs = 500) {
      for (let doneMs = 0; doneMs < forMs; doneMs += stepMs) {
        org.clock.advance(Math.min(stepMs, forMs - doneMs));
        await turn();
      }
    },
    async untilListening() {
      while (!org.streams.list().some((stream) => stream.topic === topic && stream.credit > 0)) await turn();
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await org.close();
    },
  };
}

function timingOf(org: RunningOrg, random: () => number): Timing {
  return {
    clock: () => org.clock.now(),
    random,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const onAbort = (): void => {
          stop();
          reject(signal.reason as Error);
        };
        const stop = org.clock.startTimer(delayMs, () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        });
        signal.addEventListener("abort", onAbort, { once: true });
      }),
  };
}

export type OrgSessions = TokenSource & {
  readonly signIns: () => number;
  /** Makes the current token one that the org does not know. */
  readonly spoil: () => void;
};

function sessionsOf(org: RunningOrg): OrgSessions {
  let session: Session | undefined;
  let signIns = 0;
  return {
    signIns: () => signIns,
    spoil: () => {
      if (session !== undefined) session = { ...session, accessToken: `${session.accessToken}-spoilt` };
    },
    get: async () => {
      if (session === undefined) {
        signIns += 1;
        const { accessToken, instanceUrl, tenantId } = org.signIn();
        session = { accessToken, instanceUrl, orgId: tenantId, userId: "005Hs0000000001IAA" };
      }
      return session;
    },
    invalidate: (refused) => {
      if (refused.accessToken === session?.accessToken) session = undefined;
    },
  };
}
