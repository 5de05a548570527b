import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { faultKinds } from "../faults/fault-kinds.ts";
import type { FaultMatch, FaultRegistry } from "../faults/fault-registry.ts";
import { faultOrder } from "../faults/read-fault-order.ts";
import { toStreamFault } from "../pubsub-server/stream-faults.ts";
import type { StreamFault } from "../pubsub-server/stream-faults.ts";
import { ControlError, readInput } from "./control-error.ts";

/** Makes a stream fault bite on all open streams that match, at once. Returns on how many. */
export type StrikeStreams = (fault: StreamFault, match: FaultMatch) => number;

const idParams = z.object({ id: z.coerce.number().int() });
const timing = z.looseObject({ at: z.enum(["now", "open", "response"]).optional() });

/** `/__org/faults`: what can go wrong, what is armed, and how to arm and disarm it. */
export function registerFaultRoutes(
  app: FastifyInstance,
  faults: FaultRegistry,
  strike: StrikeStreams,
): void {
  app.get("/__org/faults", () => ({ armed: faults.list(), kinds: describeKinds() }));

  app.post("/__org/faults", (request, reply) => {
    const { at, ...rest } = readInput(timing, request.body);
    const order = readInput(faultOrder, rest);
    if (at !== undefined && faultKinds[order.kind].point !== "stream") {
      throw new ControlError(400, `at: ${order.kind} is no fault of a stream; leave it out`);
    }
    if (at === "now") {
      const fault = toStreamFault(order);
      if (fault !== undefined) return { struck: strike(fault, order.match) };
      throw new ControlError(
        400,
        `at: ${order.kind} bites calls, and there is none to bite now; leave it out`,
      );
    }
    const match = at === undefined ? order.match : { ...order.match, at };
    return reply.code(201).send(faults.arm({ ...order, match }));
  });

  app.delete("/__org/faults/:id", (request, reply) => {
    const { id } = readInput(idParams, request.params);
    if (faults.disarm(id)) return reply.code(204).send();
    throw new ControlError(404, `no fault ${id} is armed; GET /__org/faults lists those that are`);
  });

  app.delete("/__org/faults", (_request, reply) => {
    faults.disarmAll();
    return reply.code(204).send();
  });
}

function describeKinds() {
  return Object.entries(faultKinds).map(([kind, { point, description, options }]) => ({
    kind,
    point,
    description,
    options: z.toJSONSchema(options, { io: "input" }),
  }));
}
