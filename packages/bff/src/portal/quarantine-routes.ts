import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Inspection, QuarantineCommands, Selection } from "../intake/quarantine-commands.ts";
import type { QuarantineReason } from "../orders/quarantined.ts";
import { problem } from "./api-schemas.ts";
import type { CommandRoutes } from "./command-routes.ts";
import { progressLines } from "./command-schemas.ts";
import { answerWithProgress } from "./progress-stream.ts";
import {
  discardBody,
  discardResult,
  quarantineDetail,
  quarantineList,
  quarantineParams,
  quarantineQuery,
  reinjectBody,
} from "./quarantine-schemas.ts";

const refusals = { 400: problem, 401: problem, 404: problem, 409: problem };

/** `/api/quarantine…`: events that were put aside, and what people decide about them. */
export function quarantineRoutes(commands: QuarantineCommands): CommandRoutes {
  return (server, { guard, closing }) => {
    const api = server.withTypeProvider<ZodTypeProvider>();

    api.get(
      "/api/quarantine",
      {
        schema: {
          summary: "Events that were put aside, the newest first, and counts of all",
          querystring: quarantineQuery,
          response: { 200: quarantineList, 409: problem },
        },
      },
      async ({ query }) => ({
        events: [...(await commands.list(query))],
        counts: [...(await commands.count())],
      }),
    );

    api.get(
      "/api/quarantine/:id",
      {
        schema: {
          summary: "One of them: its bytes, its payload, and what it would become now",
          params: quarantineParams,
          response: { 200: quarantineDetail, 404: problem, 409: problem },
        },
      },
      async ({ params }) => detailOf(await commands.inspect(params.id, closing)),
    );

    api.post(
      "/api/quarantine/reinject",
      {
        onRequest: guard,
        schema: {
          summary: "Read events again, and admit those that make sense by now",
          body: reinjectBody,
          ...progressLines,
          response: { 200: z.string(), ...refusals },
        },
      },
      async ({ body }, reply) => {
        const chosen = await commands.choose(selectionOf(body));
        return answerWithProgress(reply, closing, (tell, signal) =>
          commands.reinject(chosen, body, tell, signal),
        );
      },
    );

    api.post(
      "/api/quarantine/discard",
      {
        onRequest: guard,
        schema: {
          summary: "Decide that events ask for nothing; they stay, with the note",
          body: discardBody,
          response: { 200: discardResult, ...refusals },
        },
      },
      async ({ body }) => commands.discard(await commands.choose(selectionOf(body)), body),
    );
  };
}

function selectionOf(body: {
  readonly ids?: readonly number[] | undefined;
  readonly reason?: QuarantineReason | undefined;
}): Selection {
  return body.ids === undefined
    ? { kind: "all", reason: body.reason ?? null }
    : { kind: "named", ids: body.ids };
}

function detailOf({ event, now }: Inspection): z.infer<typeof quarantineDetail> {
  const { raw, payload, ...rest } = event;
  return {
    ...rest,
    rawHex: Buffer.from(raw).toString("hex"),
    payload: payload === null ? null : { ...payload },
    now: now === null ? null : sayNow(now),
  };
}

function sayNow(now: NonNullable<Inspection["now"]>): NonNullable<z.infer<typeof quarantineDetail>["now"]> {
  const nothing = { detail: null, orderId: null, requestKey: null };
  if (now.kind === "unknown") return { ...nothing, outcome: "unknown", detail: now.why };
  const { admission } = now;
  switch (admission.kind) {
    case "redelivered":
      return { ...nothing, outcome: "known", detail: "The inbox has it already." };
    case "quarantined":
      return { ...nothing, outcome: "quarantined", detail: `${admission.reason}: ${admission.detail}` };
    case "admitted": {
      const { disposition, orderId, requestKey } = admission;
      return { outcome: disposition, detail: null, orderId, requestKey };
    }
  }
}
