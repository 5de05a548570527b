import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgLog } from "../log/org-log.ts";
import type { BusEvent, EventBus } from "../org-core.ts";
import { ControlError, readInput } from "./control-error.ts";
import { eventDecoder, readDecodedEvents } from "./decode-events.ts";
import { openEventStream } from "./event-stream.ts";

const maxEntries = 1_000;
const limit = z.coerce.number().int().min(1).max(maxEntries).default(maxEntries);
const list = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text === "" ? undefined : text.split(",")));

const logQuery = z.strictObject({ after: z.coerce.number().int().min(0).optional(), kind: list, limit });
const eventsQuery = z.strictObject({
  topic: z.string().optional(),
  after: z
    .string()
    .regex(/^(?:[0-9a-f]{2})+$/, "takes a replay id in hexadecimal")
    .optional(),
  limit,
});
const lastReplayId = z.string().min(1).optional().catch(undefined);
const lastEventId = z.coerce.number().int().min(0).optional().catch(undefined);

/** `/__org/log` and `/__org/events`: what happened, and what the bus holds; as a list and as a stream. */
export function registerLogRoutes(app: FastifyInstance, log: OrgLog, bus: EventBus): void {
  app.get("/__org/log", (request) => {
    const { after, kind, limit: count } = readInput(logQuery, request.query);
    return { entries: log.read({ after, kinds: kind, limit: count }) };
  });

  app.get("/__org/log/stream", (request, reply) => {
    const { after, kind } = readInput(logQuery, request.query);
    const from = lastEventId.parse(request.headers["last-event-id"]) ?? after;
    const stream = openEventStream(reply);
    const isWanted = (entryKind: string): boolean => kind === undefined || kind.includes(entryKind);
    if (from !== undefined) {
      for (const entry of log.read({ after: from, kinds: kind })) {
        stream.send({ id: String(entry.seq), data: entry });
      }
    }
    stream.onClose(
      log.onEntry((entry) => {
        if (isWanted(entry.kind)) stream.send({ id: String(entry.seq), data: entry });
      }),
    );
    return reply;
  });

  app.get("/__org/events", (request) => {
    const { topic, after, limit: count } = readInput(eventsQuery, request.query);
    const topics = topic === undefined ? bus.topics().map(({ name }) => name) : [topic];
    if (after === undefined) return { events: topics.flatMap((name) => readDecodedEvents(bus, name, count)) };
    return { events: readAfter(bus, topics, positionOf(bus, after), count).map(eventDecoder(bus)) };
  });

  app.get("/__org/events/stream", (request, reply) => {
    const { topic, after } = readInput(eventsQuery, request.query);
    const from = lastReplayId.parse(request.headers["last-event-id"]) ?? after;
    let position = from === undefined ? bus.latest().position : positionOf(bus, from);
    const stream = openEventStream(reply);
    const decode = eventDecoder(bus);
    const sendNew = (): void => {
      const topics = topic === undefined ? bus.topics().map(({ name }) => name) : [topic];
      for (;;) {
        const events = readAfter(bus, topics, position, maxEntries);
        for (const event of events) {
          const decoded = decode(event);
          stream.send({ id: decoded.replayId, data: decoded });
          position = event.position;
        }
        if (events.length < maxEntries) return;
      }
    };
    sendNew();
    stream.onClose(bus.onAppend(sendNew));
    return reply;
  });
}

/** Events of several topics in the order of the bus. */
function readAfter(
  bus: EventBus,
  topics: readonly string[],
  position: number,
  count: number,
): readonly BusEvent[] {
  return topics
    .flatMap((name) => bus.read(name, position, count))
    .toSorted((left, right) => left.position - right.position)
    .slice(0, count);
}

/** @throws {ControlError} 400 for an id that the bus does not know. */
function positionOf(bus: EventBus, replayId: string): number {
  const resolved = bus.resolve("", Buffer.from(replayId, "hex"));
  if (resolved.kind === "at") return resolved.position;
  throw new ControlError(
    400,
    `after: the bus knows no replay id ${replayId}; leave it out to read what is retained`,
  );
}
