import { join } from "node:path";
import { demoAccess, integrationAccess } from "./auth/demo-access.ts";
import type { OAuthClient } from "./auth/oauth-client.ts";
import { SessionStore } from "./auth/sessions.ts";
import { findUserByName } from "./auth/users.ts";
import { buildHttpServer } from "./http-server.ts";
import { LateRecords } from "./faults/late-records.ts";
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
import { enterpriseApiCalls } from "./rest/rest-api.ts";
import { RollingCounter } from "./rest/rolling-counter.ts";
import { seenBySharing } from "./sharing/seen-org.ts";
import { openSharing } from "./sharing/sharing-models.ts";
import type { OrgSharing, SharingModels } from "./sharing/sharing-models.ts";
import { openSnapshots } from "./state/org-snapshots.ts";
import type { OrgSnapshots } from "./state/org-snapshots.ts";
import type { VirtualClock } from "./time/org-clock.ts";
import { realTime } from "./time/real-time.ts";
import { watchRecords } from "./watch-records.ts";

export type ServeOrgOptions = {
  /** `org-tls/` in it holds the certificate. */
  readonly dataDir: string;
  /** HTTP port. Default 0: any free one. */
  readonly port?: number;
  /** Port of the Pub/Sub endpoint. Default 0: any free one. */
  readonly grpcPort?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** What is uncertain or unpublished about the Pub/Sub API; every knob has a default. */
  readonly pubsub?: Partial<PubSubKnobs>;
  /** PEM of the key that JWT assertions of client `sluice-demo` are signed with; without it that grant is refused. */
  readonly jwtPublicKeyPem?: string | Promise<string>;
  /** What the org grants in 24 hours of its time. Default: as an Enterprise org has it. */
  readonly allocations?: OrgAllocations;
  /** Who sees and changes the records of others, by object. Default: everybody, everything. */
  readonly sharing?: SharingModels;
  /** The org's time, its log and its faults. Default: real time, and nothing armed. */
  readonly stage?: OrgStage;
  /** One line for each thing that happens to an Order. */
  readonly onLine?: (line: { readonly text: string }) => void;
};

export type OrgAllocations = {
  /** REST calls; further ones are refused with REQUEST_LIMIT_EXCEEDED. Default 100,000. */
  readonly apiCallsPerDay?: number;
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
  /** Who sees and changes the records of others; to be changed at any time. */
  readonly sharing: OrgSharing;
  /** Copies of the whole org, to come back to. */
  readonly snapshots: OrgSnapshots;
  /** Back to the seed, to no faults and to real time. Open streams end. */
  reset(): void;
  /** A session of a user, by username; default the operator. Nothing is checked: tests are among friends. */
  signIn(username?: string): OrgSession;
  /** Lets a fault bite every live stream that fits, now. @returns how many it bit. */
  strike(fault: StreamFault, match: FaultMatch): number;
  /** Ends both servers and closes the database. */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
};

/** What REST and Pub/Sub clients send with each call. */
export type OrgSession = {
  readonly accessToken: string;
  readonly instanceUrl: string;
  /** The org id. */
  readonly tenantId: string;
};

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Puts servers in front of an open org: HTTP, and the Pub/Sub endpoint. The org is theirs from
 * here on: it is closed with them, and also when one of them does not start.
 *
 * @throws {OrgStartError} when a port cannot be used.
 */
export async function serveOrg(opened: OrgCore, options: ServeOrgOptions): Promise<RunningOrg> {
  const { host = "127.0.0.1", port = 0, grpcPort = 0 } = options;
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
  const late = new LateRecords(stage);
  opened.onChange(({ records }) => {
    late.note(records);
  });
  const org = watchRecords(opened, onLine);
  org.onChange(({ objectName, id }) => {
    log.add("record:saved", { object: objectName, id });
  });
  const sessions = new SessionStore({ orgId: () => opened.orgId, now: () => realTime.now() });
  const usage = {
    apiCalls: new RollingCounter(dayMs, orgNow),
    ...org.core.allocations,
  };

  const sharing = openSharing(opened, options.sharing);

  const tls = await loadTlsFiles(join(options.dataDir, "org-tls"), realTime.now());
  const streams = new LiveStreams(log);
  const pubsub = await startPubSubServer({
    core: org.core,
    sessions,
    host,
    port: grpcPort,
    certificatePem: tls.certificatePem,
    privateKeyPem: tls.privateKeyPem,
    clock,
    faults,
    log,
    knobs: { ...defaultKnobs, ...options.pubsub },
    streams,
    onFault,
  }).catch((reason: unknown) => {
    throw toPortError(reason, host, grpcPort, "ORG_GRPC_PORT");
  });
  cleanup.defer(() => {
    pubsub.close();
  });

  const snapshots = openSnapshots(join(options.dataDir, "snapshots"), opened.state);
  const reset = (): void => {
    faults.disarmAll();
    clock.restart();
    opened.state.reset();
  };
  opened.state.onChange((change) => {
    late.forget();
    // Tokens of before belong to the org of before.
    if (change === "sandbox_refreshed") sessions.revokeAll();
    log.add("org:changed", { change, orgId: opened.orgId });
  });

  let url = "";
  const http = await buildHttpServer({
    org,
    seeAs: seenBySharing(org.core, late.viewOf(org.core), sharing),
    sessions,
    usage,
    apiCallsPerDay: options.allocations?.apiCallsPerDay ?? enterpriseApiCalls,
    clients: [
      { ...clientOf(demoAccess), jwtPublicKeyPem: (await options.jwtPublicKeyPem) ?? null },
      clientOf(integrationAccess),
    ],
    passwords: [demoAccess],
    stage,
    streams,
    control: {
      snapshots,
      sharing,
      reset,
      strike: (fault, match) => pubsub.strike(fault, match),
      endStreams: (userId) =>
        pubsub.strike(
          { kind: "stream_failed", options: { code: "service.auth.error" } },
          userId === undefined ? {} : { user: userId },
        ),
    },
    onFault,
    baseUrl: () => url,
  });
  cleanup.defer(() => http.close());
  url = await http.listen({ host, port }).catch((reason: unknown) => {
    throw toPortError(reason, host, port, "ORG_PORT");
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
    sharing,
    snapshots,
    reset,
    signIn(username = demoAccess.username) {
      const user = findUserByName(opened, username);
      if (user === undefined) throw new RangeError(`the org has no active user ${username}`);
      return { accessToken: sessions.issue(user.id).token, instanceUrl: url, tenantId: opened.orgId };
    },
    strike: (fault, match) => pubsub.strike(fault, match),
    close: () => running.disposeAsync(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A client whose credentials are printed here, without a key for JWT assertions. */
function clientOf({
  clientId,
  clientSecret,
  username,
}: typeof demoAccess | typeof integrationAccess): OAuthClient {
  return { clientId, clientSecret, jwtPublicKeyPem: null, runAsUsername: username };
}

/** TLS knows servers by name: clients that dial an address cannot say which one they mean. */
function nameOf(host: string): string {
  return host === "127.0.0.1" || host === "0.0.0.0" ? "localhost" : host;
}
