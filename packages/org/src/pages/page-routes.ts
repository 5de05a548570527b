import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { describeFault } from "../rest/rest-api.ts";
import { registerEventPages } from "./event-routes.ts";
import { registerFaultPages } from "./fault-routes.ts";
import { followOrg } from "./live-pages.ts";
import { registerOrderPages } from "./order-routes.ts";
import { sendMessagePage } from "./page-answers.ts";
import type { PageDeps } from "./page-deps.ts";
import { frameOf } from "./page-frame.ts";
import { findPageUser } from "./page-session.ts";
import { registerRecordPages } from "./record-routes.ts";
import { registerSetupPages } from "./setup-routes.ts";
import { registerSignIn } from "./sign-in-routes.ts";

/** The pages of the org: sign-in, records with their forms, the event monitor, faults, and the setup. */
export function registerPages(app: FastifyInstance, deps: PageDeps): void {
  const { org, sessions } = deps;
  registerAssets(app);
  registerNotFound(app, deps);
  app.register((scope, _options, done) => {
    scope.setErrorHandler((reason, request, reply) => {
      const given = reason instanceof Error && "statusCode" in reason ? reason.statusCode : undefined;
      const isOurs = typeof given !== "number" || given < 400 || given > 499;
      if (isOurs) deps.onFault(describeFault(request, reason));
      const text = isOurs
        ? "The org failed on this request. This is a fault of the emulator; its log says more."
        : `The org cannot read this request: ${reason instanceof Error ? reason.message : ""}`;
      return sendMessagePage(reply, isOurs ? 500 : given, null, { title: "That did not work", text });
    });
    registerSignIn(scope, deps);
    registerOrderPages(scope, deps);
    registerRecordPages(scope, deps);
    registerEventPages(scope, deps);
    registerFaultPages(scope, deps);
    registerSetupPages(scope, deps);
    scope.get("/live", (request, reply) => {
      if (findPageUser(request, sessions, org.core) === undefined) return reply.code(401).send();
      followOrg(reply, deps);
      return reply;
    });
    done();
  });
}

function registerAssets(app: FastifyInstance): void {
  const assets = [
    ["/org.css", "text/css; charset=utf-8"],
    ["/org.js", "text/javascript; charset=utf-8"],
  ] as const;
  for (const [path, type] of assets) {
    const content = readFileSync(new URL(`.${path}`, import.meta.url), "utf8");
    app.get(path, (_request, reply) => reply.type(type).header("cache-control", "no-cache").send(content));
  }
}

/** Browsers get a page; programs get what fastify answers by itself. */
function registerNotFound(app: FastifyInstance, deps: PageDeps): void {
  const { sessions, org } = deps;
  app.setNotFoundHandler((request, reply) => {
    const isBrowser = (request.headers.accept ?? "").includes("text/html");
    if (!isBrowser) {
      const message = `Route ${request.method}:${request.url} not found`;
      return reply.code(404).send({ message, error: "Not Found", statusCode: 404 });
    }
    const user = findPageUser(request, sessions, org.core);
    const frame = user === undefined ? null : frameOf(deps, user);
    const text = "The org has no page at this address.";
    return sendMessagePage(reply, 404, frame, { title: "No such page", text });
  });
}
