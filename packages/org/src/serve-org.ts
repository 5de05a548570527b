import { join } from "node:path";
import { demoAccess } from "./auth/demo-access.ts";
import { SessionStore } from "./auth/sessions.ts";
import { buildHttpServer } from "./http-server.ts";
import type { FaultMatch, FaultRegistry } from "./faults/fault-registry.ts";
import type { OrgLog } from "./log/org-log.ts";
import type { OrgCore } from "./org-core.ts";
import { openStage } from "./org-stage.ts";
import type { OrgStage } from "./org-stage.ts";
import { toPortError } from "./org-start-error.ts";
import { LiveStreams } from "./pubsub-server/live-streams.ts";
import { startPubSubServer } from "./pubsub-server/pubsub-server.ts";
import type { StreamFault } from "./pubsub-server/stream-faults.ts";
import { loadTlsFiles } from "./pubsub-server/tls-files.ts";
import { defaultKnobs } from "./pubsub-knobs.ts";
import type { PubSubKnobs } from "./pubsub-knobs.ts";
import { RollingCounter } from "./rest/rolling-counter.ts";
import type { VirtualClock } from "./time/org-clock.ts";
import { realTime } from "./time/real-time.ts";
import { watchRecords } from "./watch-records.ts";

export type ServeOrgOptions = {
  /** `org-tls/` in it holds the certificate. */
  readonly dataDir: string;
  /** HTTP port; 0 takes any free one. */
  readonly port: number;
  /** Port of the Pub/Sub endpoint; 0 takes any free one. */
  readonly grpcPort: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** What is uncertain or unpublished about the Pub/Sub API; every knob has a default. */
  readonly pubsub?: Partial<PubSubKnobs>;
  /** PEM of the key that JWT assertions of client `sluice-demo` are signed with; without it that grant is refused. */
  readonly jwtPublicKeyPem?: string;
  /** The org's time, its log and its faults. Default: real time, and nothing armed. */
  readonly stage?: OrgStage;
  /** One line for each thing that happens to an Order. */
  readonly onLine?: (line: { readonly text: string }) => void;
};

export type RunningOrg = {
  readonly url: string;
  /** `host:port`, as Pub/Sub clients take it. */
  readonly pubsubEndpoint: string;
  /** PEM file that Pub/Sub clients have to trust. */
  readonly caFile: string;
  readonly orgId: string;
  /** The org itself; saves made through it are seen by the pages and reported like all others. */
  readonly core: OrgCore;
  /** The org's time: `advance` moves 72 hours in an instant. */
  readonly clock: VirtualClock;
  /** What goes wrong, and when. */
  readonly faults: FaultRegistry;
  /** What happened. */
  readonly log: OrgLog;
  /** Who listens on the bus. */
  readonly streams: LiveStreams;
  /** Lets a fault bite every live stream that fits, now. @returns how many it bit. */
  strike(fault: StreamFault, match: FaultMatch): number;
  /** Ends both servers and closes the database. */
  close(): Promise<void>;
};

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Puts servers in front of an open org: HTTP, and the Pub/Sub endpoint. The org is theirs from
 * here on: it is closed with them, and also when one of them does not start.
 *
 * @throws {OrgStartError} when a port cannot be used.
 */
export async function serveOrg(opened: OrgCore, options: ServeOrgOptions): Promise<RunningOrg> {
  const host = options.host ?? "127.0.0.1";
  const stage = options.stage ?? openStage();
  const { clock, log, faults } = stage;
  const orgNow = (): number => clock.now();
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => {
    clock.close();
    opened.close();
  });
  const onLine = options.onLine ?? (() => undefined);
  const onFault = (text: string): void => {
    onLine({ text: `org: ${text}` });
  };
  const org = watchRecords(opened, onLine);
  org.onChange(({ objectName, id }) => {
    log.add("record:saved", { object: objectName, id });
  });
  const sessions = new SessionStore({ orgId: () => opened.orgId, now: () => realTime.now() });
  const usage = {
    apiCalls: new RollingCounter(dayMs, orgNow),
    ...org.core.allocations,
  };

  const tls = await loadTlsFiles(join(options.dataDir, "org-tls"), realTime.now());
  const streams = new LiveStreams(log);
  const pubsub = await startPubSubServer({
    core: org.core,
    sessions,
    host,
    port: options.grpcPort,
    certificatePem: tls.certificatePem,
    privateKeyPem: tls.privateKeyPem,
    clock,
    faults,
    log,
    knobs: { ...defaultKnobs, ...options.pubsub },
    streams,
    onFault,
  }).catch((reason: unknown) => {
    throw toPortError(reason, host, options.grpcPort, "ORG_GRPC_PORT");
  });
  cleanup.defer(() => {
    pubsub.close();
  });

  let url = "";
  const http = await buildHttpServer({
    org,
    sessions,
    usage,
    client: {
      clientId: demoAccess.clientId,
      clientSecret: demoAccess.clientSecret,
      jwtPublicKeyPem: options.jwtPublicKeyPem ?? null,
      runAsUsername: demoAccess.username,
    },
    passwords: [demoAccess],
    stage,
    streams,
    onFault,
    baseUrl: () => url,
  });
  cleanup.defer(() => http.close());
  url = await http.listen({ host, port: options.port }).catch((reason: unknown) => {
    throw toPortError(reason, host, options.port, "ORG_PORT");
  });

  const running = cleanup.move();
  return {
    url,
    pubsubEndpoint: `${nameOf(host)}:${pubsub.port}`,
    caFile: tls.caFile,
    orgId: opened.orgId,
    core: org.core,
    clock,
    faults,
    log,
    streams,
    strike: (fault, match) => pubsub.strike(fault, match),
    close: () => running.disposeAsync(),
  };
}

/** TLS knows servers by name: clients that dial an address cannot say which one they mean. */
function nameOf(host: string): string {
  return host === "127.0.0.1" || host === "0.0.0.0" ? "localhost" : host;
}
