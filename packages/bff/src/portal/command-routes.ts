import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** What every route that acts needs. */
export type CommandAccess = {
  /** Goes first (`onRequest`) on each route that acts. */
  readonly guard: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;
  /** Aborts when the portal closes; long work ends with it. */
  readonly closing: AbortSignal;
};

/** The routes of one room's commands: `quarantineRoutes(commands)` and its like make them. */
export type CommandRoutes = (server: FastifyInstance, access: CommandAccess) => void;
