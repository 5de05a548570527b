import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { OrgError } from "../org-core.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import { forOwnForms, forVisitors, sendPage } from "./page-answers.ts";
import type { PageDeps } from "./page-deps.ts";
import { renderSetupPage } from "./setup-page.ts";

const assignForm = z.object({ user: z.string().catch(""), set: z.string().catch("") });
const unassignForm = z.object({ assignment: z.string().catch("") });
const setupQuery = z.object({ reloaded: z.literal("1").optional().catch(undefined) });

/** What the org was made from, and a button to read it again. */
export function registerSetupPages(app: FastifyInstance, deps: PageDeps): void {
  const { core } = deps.org;

  app.get(
    "/setup",
    forVisitors(deps, ({ request, reply, frame }) => {
      const { reloaded } = setupQuery.parse(request.query);
      return sendPage(reply, 200, renderSetupPage(core, frame, reloaded === "1" ? "reloaded" : null));
    }),
  );

  app.post(
    "/setup/reload",
    forOwnForms(deps, ({ reply, frame }) => {
      try {
        core.reload();
      } catch (reason) {
        if (!(reason instanceof MetadataError)) throw reason;
        return sendPage(reply, 400, renderSetupPage(core, frame, { problem: reason.message }));
      }
      deps.stage.log.add("org:changed", { metadata: "reloaded" });
      return reply.redirect("/setup?reloaded=1", 303);
    }),
  );

  app.post(
    "/setup/assign",
    forOwnForms(deps, ({ request, reply, user }) => {
      const { user: assignee, set } = assignForm.parse(request.body);
      const values = { AssigneeId: assignee, PermissionSetId: set };
      ignoreRefusal(() => core.create({ userId: user.id }, "PermissionSetAssignment", values));
      return reply.redirect("/setup#permissions", 303);
    }),
  );

  app.post(
    "/setup/unassign",
    forOwnForms(deps, ({ request, reply, user }) => {
      const { assignment } = unassignForm.parse(request.body);
      ignoreRefusal(() => {
        core.delete({ userId: user.id }, "PermissionSetAssignment", assignment);
      });
      return reply.redirect("/setup#permissions", 303);
    }),
  );
}

/** Somebody else did the same meanwhile; the page shows what is so now. */
function ignoreRefusal(save: () => void): void {
  try {
    save();
  } catch (reason) {
    if (!(reason instanceof OrgError)) throw reason;
  }
}
