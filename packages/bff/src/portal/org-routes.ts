import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { OrgCommands } from "../intake/org-commands.ts";
import { toRecordId } from "../orders/record-id.ts";
import { problem } from "./api-schemas.ts";
import type { CommandRoutes } from "./command-routes.ts";
import { adoptOrder, deploymentChange, goLiveOrder, orgView } from "./org-schemas.ts";

const refusals = { 400: problem, 401: problem, 409: problem };

/** Which org is served, since when, and whether anything is done for it. */
export function orgRoutes(commands: OrgCommands): CommandRoutes {
  return (server, access) => {
    const api = server.withTypeProvider<ZodTypeProvider>();

    api.get(
      "/api/org",
      {
        schema: {
          summary: "The org that is served, and whether Salesforce agrees",
          response: { 200: orgView },
        },
      },
      async () => {
        const { former, ...view } = await commands.view();
        return { ...view, former: [...former] };
      },
    );

    api.post(
      "/api/org/adopt",
      {
        onRequest: access.guard,
        schema: {
          summary: "Serve another org from now on: nothing approved there before is started",
          body: adoptOrder,
          response: { 200: deploymentChange, ...refusals },
        },
      },
      ({ body }) => commands.adopt({ ...body, orgId: toRecordId(body.orgId) ?? body.orgId }),
    );

    api.post(
      "/api/go-live",
      {
        onRequest: access.guard,
        schema: {
          summary: "Switch from observing to doing, or back",
          body: goLiveOrder,
          response: { 200: deploymentChange, ...refusals },
        },
      },
      ({ body }) => commands.goLive(body),
    );
  };
}
