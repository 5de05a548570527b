import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ReplayCommands, ReplayRequest } from "../intake/replay-commands.ts";
import { problem } from "./api-schemas.ts";
import type { CommandRoutes } from "./command-routes.ts";
import { progressLines } from "./command-schemas.ts";
import { answerWithProgress } from "./progress-stream.ts";
import { replayBody } from "./replay-schemas.ts";

/** `/api/replay`: read the stream once more, or orders by their ids. */
export function replayRoutes(commands: ReplayCommands): CommandRoutes {
  return (server, { guard, closing }) => {
    server.withTypeProvider<ZodTypeProvider>().post(
      "/api/replay",
      {
        onRequest: guard,
        schema: {
          summary: "Read the stream once more from a place on, or orders by id, and admit what is missing",
          description:
            "Each event read counts against what the org may deliver in a day; in a preview (`dryRun`) too.",
          body: replayBody,
          ...progressLines,
          response: { 200: z.string(), 400: problem, 401: problem },
        },
      },
      async ({ body }, reply) =>
        answerWithProgress(reply, closing, async (tell, signal) => {
          const { replayed, result } = await commands.replay(requestOf(body.from), body, tell, signal);
          return { replayed, ...result };
        }),
    );
  };
}

function requestOf(from: z.infer<typeof replayBody>["from"]): ReplayRequest {
  switch (from.kind) {
    case "orders":
      return { kind: "orders", orderIds: from.orderIds };
    case "replay_id": {
      const replayId = Buffer.from(from.replayId, "hex");
      return { kind: "stream", place: { kind: "after", replayId } };
    }
    case "earliest":
    case "at":
      return { kind: "stream", place: from };
  }
}
