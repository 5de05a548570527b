import { join } from "node:path";
import { demoAccess } from "./auth/demo-access.ts";
import { SessionStore } from "./auth/sessions.ts";
import { buildHttpServer } from "./http-server.ts";
import type { OrgCore } from "./org-core.ts";
import { toPortError } from "./org-start-error.ts";
import { startPubSubServer } from "./pubsub-server/pubsub-server.ts";
import { loadTlsFiles } from "./pubsub-server/tls-files.ts";
import { RollingCounter } from "./rest/rolling-counter.ts";
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
  /** Longest silence on a stream with credit. Default 270,000, as documented. */
  readonly keepaliveMs?: number;
  /** When a stream without credit is closed. Default 60,000, as documented. */
  readonly zeroCreditCloseMs?: number;
  /** PEM of the key that JWT assertions of client `sluice-demo` are signed with; without it that grant is refused. */
  readonly jwtPublicKeyPem?: string;
  /** The org's clock, in milliseconds. Default real time. */
  readonly clock?: () => number;
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
  const realNow = (): number => Date.now();
  const orgNow = options.clock ?? realNow;
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => {
    opened.close();
  });
  const onLine = options.onLine ?? (() => undefined);
  const onFault = (text: string): void => {
    onLine({ text: `org: ${text}` });
  };
  const org = watchRecords(opened, onLine);
  const sessions = new SessionStore({ orgId: opened.orgId, now: realNow });
  const usage = {
    apiCalls: new RollingCounter(dayMs, orgNow),
    deliveries: new RollingCounter(dayMs, orgNow),
  };

  const tls = await loadTlsFiles(join(options.dataDir, "org-tls"), realNow());
  const pubsub = await startPubSubServer({
    core: org.core,
    sessions,
    host,
    port: options.grpcPort,
    certificatePem: tls.certificatePem,
    privateKeyPem: tls.privateKeyPem,
    keepaliveMs: options.keepaliveMs ?? 270_000,
    zeroCreditCloseMs: options.zeroCreditCloseMs ?? 60_000,
    startTimer,
    onFault,
    onDelivered: (count) => {
      usage.deliveries.add(count);
    },
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
    orgNow,
    realNow,
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
    close: () => running.disposeAsync(),
  };
}

/** TLS knows servers by name: clients that dial an address cannot say which one they mean. */
function nameOf(host: string): string {
  return host === "127.0.0.1" || host === "0.0.0.0" ? "localhost" : host;
}

function startTimer(delayMs: number, fire: () => void): () => void {
  const timer = setTimeout(fire, delayMs);
  return () => {
    clearTimeout(timer);
  };
}
