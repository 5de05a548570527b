import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { signInWithPassword } from "../auth/password-sign-in.ts";
import { renderLoginPage } from "./login-page.ts";
import { refuseForm, sendPage } from "./page-answers.ts";
import type { PageDeps } from "./page-deps.ts";
import { endedSessionCookie, isOwnForm, readSessionCookie, sessionCookie } from "./page-session.ts";

const loginForm = z.object({ username: z.string(), password: z.string() });

export function registerSignIn(app: FastifyInstance, deps: PageDeps): void {
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
    const token = readSessionCookie(request);
    if (token !== undefined) sessions.revoke(token);
    return reply.header("set-cookie", endedSessionCookie).redirect("/login", 303);
  });
}
