import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { MetadataError } from "../metadata/metadata-error.ts";
import { forOwnForms, forVisitors, sendPage } from "./page-answers.ts";
import type { PageDeps } from "./page-deps.ts";
import { renderSetupPage } from "./setup-page.ts";

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
}
