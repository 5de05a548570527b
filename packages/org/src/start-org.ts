import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { demoAccess } from "./auth/demo-access.ts";
import { SessionStore } from "./auth/sessions.ts";
import { buildHttpServer } from "./http-server.ts";
import { openOrgCore } from "./open-org-core.ts";
import type { OrgCore } from "./org-core.ts";
import { OrgStartError, toPortError } from "./org-start-error.ts";
import { startPubSubServer } from "./pubsub-server/pubsub-server.ts";
import { loadTlsFiles } from "./pubsub-server/tls-files.ts";
import { RollingCounter } from "./rest/rolling-counter.ts";
import { watchRecords } from "./watch-records.ts";

export type StartOrgOptions = {
  /** SFDX source folders, applied in order. */
  readonly metadataDirs: readonly string[];
  /** Holds `org.db` and `org-tls/`; made when it is missing. */
  readonly dataDir: string;
  /** Records for an empty database. */
  readonly seedFiles: readonly string[];
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
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number;
  /** One line for each thing that happens to an Order, and for what the metadata warns about. */
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
 * Starts an org: its data, its HTTP server and its Pub/Sub endpoint. Nothing is left behind when
 * one of them fails.
 *
 * @throws {OrgStartError} when a port or the data folder cannot be used.
 * @throws the metadata's own error, with file and element, when it is not understood.
 */
export async function startOrg(options: StartOrgOptions): Promise<RunningOrg> {
  const host = options.host ?? "127.0.0.1";
  const realNow = (): number => Date.now();
  const orgNow = options.clock ?? realNow;
  const onLine = options.onLine ?? (() => undefined);
  await makeDataFolder(options.dataDir);

  await using cleanup = new AsyncDisposableStack();
  const opened = openOrgCore({
    metadataDirs: options.metadataDirs,
    databaseFile: join(options.dataDir, "org.db"),
    seedFiles: options.seedFiles,
    clock: orgNow,
    random: options.random ?? Math.random,
    onWarning: (text) => {
      onLine({ text: `org: ${text}` });
    },
  });
  cleanup.defer(() => {
    opened.close();
  });
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
    baseUrl: () => url,
  });
  cleanup.defer(() => http.close());
  url = await http.listen({ host, port: options.port }).catch((reason: unknown) => {
    throw toPortError(reason, host, options.port, "ORG_PORT");
  });

  const running = cleanup.move();
  return {
    url,
    // A server that listens everywhere is reached locally under the name of its certificate.
    pubsubEndpoint: `${host === "0.0.0.0" ? "127.0.0.1" : host}:${pubsub.port}`,
    caFile: tls.caFile,
    orgId: opened.orgId,
    core: org.core,
    close: () => running.disposeAsync(),
  };
}

async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
  } catch (reason) {
    const detail = reason instanceof Error ? reason.message : String(reason);
    throw new OrgStartError(
      "data_folder",
      `the data folder ${dataDir} cannot be used (${detail}): set SLUICE_DATA_DIR to a folder that can be written`,
      { cause: reason },
    );
  }
}

function startTimer(delayMs: number, fire: () => void): () => void {
  const timer = setTimeout(fire, delayMs);
  return () => {
    clearTimeout(timer);
  };
}
