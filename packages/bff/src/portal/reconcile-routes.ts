import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ReconcileCommands } from "../provisioning/reconcile-commands.ts";
import { problem } from "./api-schemas.ts";
import type { CommandRoutes } from "./command-routes.ts";
import { answerWithProgress } from "./progress-stream.ts";
import { lastReconciliation, reconcileOrder } from "./reconcile-schemas.ts";

/** `/api/reconcile`: the org, the ledger and the downstreams compared. */
export function reconcileRoutes(commands: ReconcileCommands): CommandRoutes {
  return (server, access) => {
    const api = server.withTypeProvider<ZodTypeProvider>();

    api.get(
      "/api/reconcile",
      {
        schema: {
          summary: "The last comparison of the org, the ledger and the downstreams",
          response: { 200: lastReconciliation, 409: problem },
        },
      },
      async () =>
        // The report is kept as JSON and checked as it goes out.
        ({ last: (await commands.last()) ?? null }) as z.infer<typeof lastReconciliation>,
    );

    api.post(
      "/api/reconcile",
      {
        onRequest: (request, reply) => access.guard(request, reply),
        schema: {
          summary: "Compares the org, the ledger and the downstreams, and repairs what was found if asked to",
          description:
            "Answers with lines of JSON: `progress` with `phase`, `orders`, `records` and `findings`, then `result` with the report, or `refused`.",
          body: reconcileOrder,
          produces: ["application/x-ndjson"],
          response: { 200: z.string(), 400: problem, 401: problem },
        },
      },
      async (request, reply) => {
        await answerWithProgress(reply, access.closing, (tell, signal) =>
          commands.run(request.body, tell, signal),
        );
        return reply;
      },
    );
  };
}
