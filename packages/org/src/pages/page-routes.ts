import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { signInWithPassword } from "../auth/password-sign-in.ts";
import type { PasswordEntry } from "../auth/password-sign-in.ts";
import type { SessionStore } from "../auth/sessions.ts";
import type { OrgUser } from "../auth/users.ts";
import { OrgError } from "../org-core.ts";
import type { OrgRecord } from "../org-core.ts";
import type { WatchedOrg } from "../watch-records.ts";
import { followChanges } from "./live-pages.ts";
import { renderLoginPage } from "./login-page.ts";
import { renderOrderPage } from "./order-page.ts";
import { renderOrdersPage } from "./orders-page.ts";
import {
  endedSessionCookie,
  findPageUser,
  isOwnForm,
  readSessionCookie,
  sessionCookie,
} from "./page-session.ts";

export type PageDeps = {
  readonly org: WatchedOrg;
  readonly sessions: SessionStore;
  readonly passwords: readonly PasswordEntry[];
};

const loginForm = z.object({ username: z.string(), password: z.string() });
const orderParams = z.object({ id: z.string() });
const actionParams = z.object({ id: z.string(), action: z.enum(["approve", "cancel"]) });
const statusByAction = { approve: "Approved", cancel: "Cancelled" } as const;

const pagePolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The pages of the org: sign-in, the list of Orders, and one Order with its buttons. */
export function registerPages(app: FastifyInstance, deps: PageDeps): void {
  registerAssets(app);
  registerSignIn(app, deps);
  const { org, sessions } = deps;
  const { core } = org;

  app.get("/", (request, reply) => {
    const user = findPageUser(request, sessions, core);
    if (user === undefined) return reply.redirect("/login", 303);
    return sendPage(reply, 200, renderOrdersPage(core, user.name));
  });

  app.get("/orders/:id", (request, reply) => {
    const user = findPageUser(request, sessions, core);
    if (user === undefined) return reply.redirect("/login", 303);
    const order = core.get("Order", orderParams.parse(request.params).id);
    if (order === undefined) return reply.redirect("/", 303);
    return sendPage(reply, 200, renderOrderPage(core, order, user.name, null));
  });

  app.post("/orders/:id/:action", (request, reply) => {
    const user = findPageUser(request, sessions, core);
    if (user === undefined) return reply.redirect("/login", 303);
    if (!isOwnForm(request)) return refuseForm(reply);
    const params = actionParams.safeParse(request.params);
    const order = params.success ? core.get("Order", params.data.id) : undefined;
    if (!params.success || order === undefined) return reply.redirect("/", 303);
    const problem = setStatus(deps, user, order, statusByAction[params.data.action]);
    if (problem === null) return reply.redirect(`/orders/${params.data.id}`, 303);
    return sendPage(reply, 400, renderOrderPage(core, order, user.name, problem));
  });

  app.get("/live", (request, reply) => {
    if (findPageUser(request, sessions, core) === undefined) return reply.code(401).send();
    followChanges(reply, org);
    return reply;
  });
}

function registerSignIn(app: FastifyInstance, deps: PageDeps): void {
  const { org, sessions, passwords } = deps;
  app.get("/login", (_request, reply) => sendPage(reply, 200, renderLoginPage(null)));

  app.post("/login", (request, reply) => {
    if (!isOwnForm(request)) return refuseForm(reply);
    const form = loginForm.safeParse(request.body);
    const user = form.success ? signInWithPassword(org.core, passwords, form.data) : undefined;
    if (user === undefined) {
      return sendPage(reply, 401, renderLoginPage("The username or the password is not right."));
    }
    return reply.header("set-cookie", sessionCookie(sessions.issue(user.id).token)).redirect("/", 303);
  });

  app.post("/logout", (request, reply) => {
    if (!isOwnForm(request)) return refuseForm(reply);
    endSession(request, sessions);
    return reply.header("set-cookie", endedSessionCookie).redirect("/login", 303);
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

/** @returns what the org refused, in its own words, or null. */
function setStatus(deps: PageDeps, user: OrgUser, order: OrgRecord, status: string): string | null {
  try {
    deps.org.core.update({ userId: user.id }, "Order", String(order["Id"]), { Status: status });
    return null;
  } catch (reason) {
    if (reason instanceof OrgError) return reason.message;
    throw reason;
  }
}

function endSession(request: FastifyRequest, sessions: SessionStore): void {
  const token = readSessionCookie(request);
  if (token !== undefined) sessions.revoke(token);
}

function sendPage(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply
    .code(status)
    .headers({
      "content-security-policy": pagePolicy,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    })
    .type("text/html; charset=utf-8")
    .send(page);
}

function refuseForm(reply: FastifyReply): FastifyReply {
  return reply.code(403).type("text/plain").send("This form was not sent by a page of this org.");
}
