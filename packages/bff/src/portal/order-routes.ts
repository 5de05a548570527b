import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { toRecordId } from "../orders/record-id.ts";
import { orderDetail, orderList, orderParams, orderQuery, problem } from "./api-schemas.ts";
import type { PortalReads } from "./portal-reads.ts";
import { lastEventId, streamEvents } from "./server-sent-events.ts";

const stream = { produces: ["text/event-stream"], response: { 200: z.string(), 404: problem } };

/** `/api/orders…` and `/api/stream`: the read side, for pages and for other systems. */
export function registerOrderRoutes(server: FastifyInstance, reads: PortalReads, closing: AbortSignal): void {
  const api = server.withTypeProvider<ZodTypeProvider>();

  api.get(
    "/api/orders",
    {
      schema: {
        summary: "Orders, last changed first",
        querystring: orderQuery,
        response: { 200: orderList },
      },
    },
    async (request) => ({
      orders: [...(await reads.listOrders(request.query))],
      counts: await reads.countOrders(),
    }),
  );

  api.get(
    "/api/orders/:id",
    {
      schema: {
        summary: "Everything known of one order: events, steps, keys, answers",
        params: orderParams,
        response: { 200: orderDetail, 404: problem },
      },
    },
    async (request, reply) => {
      const detail = await reads.orderDetail(toRecordId(request.params.id) ?? request.params.id);
      if (detail === undefined) return reply.code(404).send(noSuchOrder(request.params.id));
      return detail as z.infer<typeof orderDetail>;
    },
  );

  api.get(
    "/api/orders/:id/stream",
    {
      schema: {
        summary: "One order's entries as server-sent events; goes on after Last-Event-ID",
        params: orderParams,
        ...stream,
      },
    },
    async (request, reply) => {
      const orderId = toRecordId(request.params.id) ?? request.params.id;
      if ((await reads.orderDetail(orderId)) === undefined) {
        return reply.code(404).send(noSuchOrder(request.params.id));
      }
      let sent = Number(lastEventId(request) ?? 0) || 0;
      streamEvents(request, reply, closing, (sink) =>
        // One reader at a time: entries that come while it reads are found by its next round.
        reads.onChange(async () => {
          for await (const entry of reads.orderStream(orderId, sent)) {
            sink.send(String(entry.entryNo), entry);
            sent = entry.entryNo;
          }
        }),
      );
      return reply;
    },
  );

  api.get(
    "/api/stream",
    { schema: { summary: "Entries of all orders, in commit order, as server-sent events", ...stream } },
    async (request, reply) => {
      let sent = parsePosition(lastEventId(request)) ?? (await reads.latestPosition());
      streamEvents(request, reply, closing, (sink) =>
        reads.onChange(async () => {
          for await (const { position, ...entry } of reads.feed(sent)) {
            sink.send(`${position.txId}.${position.seq}`, entry);
            sent = position;
          }
        }),
      );
      return reply;
    },
  );
}

function noSuchOrder(id: string): z.infer<typeof problem> {
  return {
    code: "order_unknown",
    message: `No event ever named the order ${id}. Check the id; if it was approved, see /api/intake.`,
  };
}

function parsePosition(id: string | undefined) {
  const match = /^(\d+)\.(\d+)$/.exec(id ?? "");
  return match === null ? undefined : { txId: Number(match[1]), seq: Number(match[2]) };
}
