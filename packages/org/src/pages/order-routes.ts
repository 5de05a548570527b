import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgUser } from "../auth/users.ts";
import { OrgError } from "../org-core.ts";
import { renderOrderPage } from "./order-page.ts";
import { renderOrdersPage } from "./orders-page.ts";
import { forOwnForms, forVisitors, sendNoRecord, sendPage } from "./page-answers.ts";
import type { PageDeps } from "./page-deps.ts";

const listQuery = z.object({
  q: z.string().catch(""),
  status: z.string().catch(""),
  page: z.coerce.number().int().min(1).catch(1),
});
const orderParams = z.object({ id: z.string() });
const actionParams = z.object({ id: z.string(), action: z.enum(["approve", "cancel", "clone"]) });
type Action = z.output<typeof actionParams>["action"];

/** The list of Orders, and one Order with its buttons. */
export function registerOrderPages(app: FastifyInstance, deps: PageDeps): void {
  const { core } = deps.org;

  app.get(
    "/",
    forVisitors(deps, ({ request, reply, frame }) => {
      if (frame.home.path !== "/") return reply.redirect(frame.home.path, 303);
      return sendPage(reply, 200, renderOrdersPage(core, frame, listQuery.parse(request.query)));
    }),
  );

  app.get(
    "/orders/:id",
    forVisitors(deps, (visit) => {
      const order = core.get("Order", orderParams.parse(visit.request.params).id);
      if (order === undefined) return sendNoRecord(visit);
      return sendPage(visit.reply, 200, renderOrderPage(visit.frame, { core, order, problem: null }));
    }),
  );

  app.post(
    "/orders/:id/:action",
    forOwnForms(deps, (visit) => {
      const { reply, frame, user, request } = visit;
      const params = actionParams.safeParse(request.params);
      const order = params.success ? core.get("Order", params.data.id) : undefined;
      if (!params.success || order === undefined) return sendNoRecord(visit);
      try {
        return reply.redirect(`/orders/${act(deps, user, params.data.id, params.data.action)}`, 303);
      } catch (reason) {
        if (!(reason instanceof OrgError)) throw reason;
        return sendPage(reply, 400, renderOrderPage(frame, { core, order, problem: reason.message }));
      }
    }),
  );
}

/**
 * @returns the id of the order to show next.
 * @throws {OrgError} what the org refused.
 */
function act({ org }: PageDeps, user: OrgUser, id: string, action: Action): string {
  const actor = { userId: user.id };
  switch (action) {
    case "approve":
      org.core.update(actor, "Order", id, { Status: "Approved" });
      return id;
    case "cancel":
      org.core.update(actor, "Order", id, { Status: "Cancelled" });
      return id;
    case "clone":
      return org.core.clone(actor, "Order", id);
  }
}
