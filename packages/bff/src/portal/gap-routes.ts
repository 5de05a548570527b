import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { GapCommands } from "../intake/gap-commands.ts";
import { problem } from "./api-schemas.ts";
import type { CommandRoutes } from "./command-routes.ts";
import { checkedGap, dryRunBody, gap, gapList, gapListQuery, gapParams } from "./gap-schemas.ts";
import { answerWithProgress } from "./progress-stream.ts";

/** `/api/gaps…` and `/api/sweep`. */
export function gapRoutes(commands: GapCommands): CommandRoutes {
  return (server, access) => {
    const api = server.withTypeProvider<ZodTypeProvider>();

    api.get(
      "/api/gaps",
      {
        schema: {
          summary: "Breaks in the topic's continuity, and the last sweep",
          querystring: gapListQuery,
          response: { 200: gapList, 409: problem },
        },
      },
      async (request) => (await commands.list(request.query.all ? "all" : "open")) as z.infer<typeof gapList>,
    );

    api.get(
      "/api/gaps/:n",
      {
        schema: {
          summary: "One gap, with what its last check found",
          params: gapParams,
          response: { 200: gap, 404: problem, 409: problem },
        },
      },
      async (request) => (await commands.find(request.params.n)) as z.infer<typeof gap>,
    );

    api.post(
      "/api/gaps/:n/check",
      {
        onRequest: (request, reply) => access.guard(request, reply),
        schema: {
          summary: "Refills a gap from the org's records and closes it when nothing is in doubt",
          params: gapParams,
          body: dryRunBody,
          response: { 200: checkedGap, 401: problem, 404: problem, 409: problem },
        },
      },
      async (request) =>
        (await commands.check(request.params.n, request.body, access.closing)) as z.infer<typeof checkedGap>,
    );

    api.post(
      "/api/sweep",
      {
        onRequest: (request, reply) => access.guard(request, reply),
        schema: {
          summary: "Looks through all orders since go-live for approvals that no event told of",
          description:
            "Answers with lines of JSON: `progress` with `seen` and `missing`, then `result` with what was found, or `refused`.",
          body: dryRunBody,
          produces: ["application/x-ndjson"],
          response: { 200: z.string(), 401: problem, 409: problem },
        },
      },
      async (request, reply) => {
        await answerWithProgress(reply, access.closing, (tell, signal) =>
          commands.sweep(request.body, tell, signal),
        );
        return reply;
      },
    );
  };
}
