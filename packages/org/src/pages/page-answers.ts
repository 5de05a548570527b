import type { FastifyReply, FastifyRequest } from "fastify";
import type { OrgUser } from "../auth/users.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";
import type { PageDeps } from "./page-deps.ts";
import { frameOf } from "./page-frame.ts";
import type { PageFrame } from "./page-frame.ts";
import { findPageUser, isOwnForm } from "./page-session.ts";

const pagePolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A request of somebody who is signed in. */
export type Visit = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly user: OrgUser;
  readonly frame: PageFrame;
};

type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** A page for those who are signed in; everybody else is sent to the sign-in. */
export function forVisitors(deps: PageDeps, show: (visit: Visit) => FastifyReply): Handler {
  return (request, reply) => {
    const user = findPageUser(request, deps.sessions, deps.org.core);
    if (user === undefined) return reply.redirect("/login", 303);
    return show({ request, reply, user, frame: frameOf(deps, user) });
  };
}

/** What a form does, for those who are signed in and sent it from a page of this org. */
export function forOwnForms(deps: PageDeps, act: (visit: Visit) => FastifyReply): Handler {
  return forVisitors(deps, (visit) => (isOwnForm(visit.request) ? act(visit) : refuseForm(visit.reply)));
}

export function sendPage(reply: FastifyReply, status: number, page: string): FastifyReply {
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

export function refuseForm(reply: FastifyReply): FastifyReply {
  return reply.code(403).type("text/plain").send("This form was not sent by a page of this org.");
}

/** A page that says what is not there, or what went wrong, and where to go on. */
export function sendMessagePage(
  reply: FastifyReply,
  status: number,
  frame: PageFrame | null,
  { title, text, detail }: { readonly title: string; readonly text: string; readonly detail?: Html },
): FastifyReply {
  const home = frame?.home ?? { label: "the start page", path: "/" };
  const content = html`<section class="card narrow">
    <h1>${title}</h1>
    <p>${text}</p>
    ${detail ?? null}
    <p><a href="${home.path}">Go to ${home.label}</a></p>
  </section>`;
  return sendPage(reply, status, renderPage({ title, frame, content, follows: null }));
}

export function sendNoRecord(visit: Visit): FastifyReply {
  const text = "The org has no such record. It may be from before a reset, or the address is not complete.";
  return sendMessagePage(visit.reply, 404, visit.frame, { title: "No such record", text });
}
