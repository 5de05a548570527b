import formBody from "@fastify/formbody";
import fastify from "fastify";
import type { FastifyInstance } from "fastify";
import type { OAuthClient } from "./auth/oauth-client.ts";
import type { PasswordEntry } from "./auth/password-sign-in.ts";
import type { SessionStore } from "./auth/sessions.ts";
import { registerSoapLogin } from "./auth/soap-login.ts";
import { registerTokenRoutes } from "./auth/token-routes.ts";
import { registerControlRoutes } from "./control/control-routes.ts";
import type { ControlDeps } from "./control/control-routes.ts";
import type { OrgStage } from "./org-stage.ts";
import type { LiveStreams } from "./pubsub-server/live-streams.ts";
import { registerPages } from "./pages/page-routes.ts";
import { describeFault, registerRestApi } from "./rest/rest-api.ts";
import type { OrgUsage } from "./rest/rest-api.ts";
import type { SeeAs } from "./sharing/seen-org.ts";
import { realTime } from "./time/real-time.ts";
import type { WatchedOrg } from "./watch-records.ts";

export type HttpServerDeps = {
  readonly org: WatchedOrg;
  /** What callers of the REST API see of the org. */
  readonly seeAs: SeeAs;
  readonly sessions: SessionStore;
  readonly clients: readonly OAuthClient[];
  readonly passwords: readonly PasswordEntry[];
  readonly usage: OrgUsage;
  readonly apiCallsPerDay: number;
  readonly stage: OrgStage;
  readonly streams: LiveStreams;
  readonly control: Pick<ControlDeps, "snapshots" | "strike" | "endStreams" | "reset" | "sharing">;
  /** Told of failures that are the emulator's own, in one line. */
  readonly onFault: (text: string) => void;
  /** Known once the server listens. */
  readonly baseUrl: () => string;
};

/** A body holds at most 200 records; a query may be as long as a real org's URI. */
const maxBodyBytes = 8 * 1024 * 1024;
const maxHeaderBytes = 64 * 1024;

/** The org over HTTP: OAuth and SOAP sign-in, the REST API, the pages, and the control plane. */
export async function buildHttpServer(deps: HttpServerDeps): Promise<FastifyInstance> {
  const { org, sessions, clients, usage, baseUrl } = deps;
  const app = fastify({
    bodyLimit: maxBodyBytes,
    http: { maxHeaderSize: maxHeaderBytes },
    routerOptions: { maxParamLength: 200 },
    // Live pages and idle keep-alive connections must not hold up the end of the process.
    forceCloseConnections: true,
  });
  app.setErrorHandler((reason, request, reply) => {
    const given = reason instanceof Error && "statusCode" in reason ? reason.statusCode : undefined;
    const status = typeof given === "number" && given >= 400 && given < 500 ? given : 500;
    if (status === 500) deps.onFault(describeFault(request, reason));
    const text =
      status === 500 || !(reason instanceof Error) ? "The org failed on this request." : reason.message;
    return reply.code(status).type("text/plain").send(text);
  });
  await app.register(formBody);
  registerTokenRoutes(app, {
    core: org.core,
    sessions,
    clients,
    instanceUrl: baseUrl,
    audiences: () => audiencesOf(baseUrl()),
    // OAuth lives on real time, whatever the org's own clock says.
    now: () => realTime.now(),
  });
  registerSoapLogin(app, { core: org.core, sessions, passwords: deps.passwords, instanceUrl: baseUrl });
  registerRestApi(app, {
    core: org.core,
    seeAs: deps.seeAs,
    sessions,
    usage,
    stage: deps.stage,
    apiCallsPerDay: deps.apiCallsPerDay,
    onFault: deps.onFault,
  });
  registerPages(app, {
    org,
    sessions,
    realTime,
    passwords: deps.passwords,
    stage: deps.stage,
    streams: deps.streams,
    strike: deps.control.strike,
    onFault: deps.onFault,
  });
  registerControlRoutes(app, {
    ...deps.control,
    core: org.core,
    usage,
    stage: deps.stage,
    streams: deps.streams,
    sessions,
  });
  return app;
}

/** Both names of the local host are this org, since people type either. */
function audiencesOf(baseUrl: string): readonly string[] {
  return [baseUrl, baseUrl.replace("//127.0.0.1:", "//localhost:")];
}
