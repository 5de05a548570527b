import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { revisionStates } from "../orders/revision-state.ts";
import type { RevisionState } from "../orders/revision-state.ts";
import { toRecordId } from "../orders/record-id.ts";
import type { IntakeView } from "./intake-view.ts";
import type { Html } from "./pages/html.ts";
import { html } from "./pages/html.ts";
import { layout } from "./pages/layout.ts";
import { orderPage } from "./pages/order-page.ts";
import { ordersPage } from "./pages/orders-page.ts";
import type { PortalReads } from "./portal-reads.ts";

const LIST_LENGTH = 100;

const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const assets = [
  { path: "/assets/live.js", type: "text/javascript; charset=utf-8", file: "live.js" },
  { path: "/assets/portal.css", type: "text/css; charset=utf-8", file: "portal.css" },
];

/** The pages. Each has a fragment: the part of it that is fetched again whenever something changed. */
export function registerPages(
  server: FastifyInstance,
  reads: PortalReads,
  intake: () => Promise<IntakeView>,
): void {
  for (const { path, type, file } of assets) {
    const content = readFileSync(new URL(`./assets/${file}`, import.meta.url));
    server.get(path, { schema: { hide: true } }, (_request, reply) => reply.type(type).send(content));
  }

  async function orders(query: unknown): Promise<Html> {
    const state = chosenState(query);
    return ordersPage({
      orders: await reads.listOrders({ state, limit: LIST_LENGTH, offset: 0 }),
      counts: await reads.countOrders(),
      state,
      intake: await intake(),
    });
  }

  async function order(id: string): Promise<Html> {
    const detail = await reads.orderDetail(toRecordId(id) ?? id);
    if (detail !== undefined) return orderPage(detail);
    return html`<p class="empty">No event ever named the order ${id}. <a href="/">Back to all orders</a></p>`;
  }

  const page = { schema: { hide: true } };
  server.get("/", page, async (request, reply) => {
    const state = chosenState(request.query);
    const fragment = state === undefined ? "/fragments/orders" : `/fragments/orders?state=${state}`;
    return send(reply, layout("Orders", fragment, "/api/stream", await orders(request.query)));
  });
  server.get("/fragments/orders", page, async (request, reply) =>
    send(reply, (await orders(request.query)).markup),
  );
  server.get<{ Params: { id: string } }>("/orders/:id", page, async (request, reply) => {
    const id = encodeURIComponent(request.params.id);
    const content = await order(request.params.id);
    return send(reply, layout("Order", `/fragments/orders/${id}`, `/api/orders/${id}/stream`, content));
  });
  server.get<{ Params: { id: string } }>("/fragments/orders/:id", page, async (request, reply) =>
    send(reply, (await order(request.params.id)).markup),
  );
}

type PageReply = {
  type(type: string): PageReply;
  header(name: string, value: string): PageReply;
  send(text: string): PageReply;
};

function send(reply: PageReply, markup: string): PageReply {
  return reply
    .type("text/html; charset=utf-8")
    .header("content-security-policy", contentSecurityPolicy)
    .header("cache-control", "no-store")
    .header("x-content-type-options", "nosniff")
    .header("referrer-policy", "same-origin")
    .send(markup);
}

function chosenState(query: unknown): RevisionState | undefined {
  const state = (query as { readonly state?: unknown } | null)?.state;
  return revisionStates.find((known) => known === state);
}
