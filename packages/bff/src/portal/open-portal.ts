import fastifySwagger from "@fastify/swagger";
import { fastify } from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Registry } from "prom-client";
import { CommandRefused } from "../orders/command-refused.ts";
import type { RefusalKind } from "../orders/command-refused.ts";
import { intakeStatus } from "./api-schemas.ts";
import type { IntakeView } from "./intake-view.ts";
import { requireToken } from "./command-access.ts";
import type { CommandRoutes } from "./command-routes.ts";
import { registerOrderRoutes } from "./order-routes.ts";
import { registerPages } from "./page-routes.ts";
import { PortalError } from "./portal-error.ts";
import type { PortalReads } from "./portal-reads.ts";

export type PortalDeps = {
  readonly host: string;
  readonly port: number;
  readonly version: string;
  /** What a command has to show before it may act. */
  readonly token: string;
  /** What the rooms let people do. */
  readonly commandRoutes: readonly CommandRoutes[];
  readonly reads: PortalReads;
  readonly metrics: Registry;
  intake(): Promise<IntakeView>;
  /** What keeps the service from being ready; empty when it is. */
  notReady(): readonly string[];
  /** Brings gauges up to date before they are read. */
  refreshGauges(): Promise<void>;
  onError(error: Error): void;
};

const refusalStatus: Readonly<Record<RefusalKind, number>> = { unknown: 404, conflict: 409, invalid: 400 };

export type Portal = { readonly url: string; close(): Promise<void> };

/**
 * Opens the HTTP API and the pages.
 *
 * @throws {PortalError} `port_in_use`, `port_refused`
 */
export async function openPortal(deps: PortalDeps): Promise<Portal> {
  const closing = new AbortController();
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof CommandRefused) {
      return reply.code(refusalStatus[error.kind]).send({ code: error.code, message: error.message });
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) deps.onError(error);
    const message =
      status >= 500 ? "This is a defect or the store is unreachable; see the service's log." : error.message;
    return reply.code(status).send({ code: status >= 500 ? "internal" : "bad_request", message });
  });
  server.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ code: "not_found", message: `There is nothing at ${request.url}. See /api/openapi.json.` }),
  );
  await server.register(fastifySwagger, {
    openapi: {
      info: { title: "Sluice", version: deps.version, description: "Orders and their provisioning, live." },
    },
    transform: jsonSchemaTransform,
  });
  await server.register((routes, _options, registered) => {
    registerOrderRoutes(routes, deps.reads, closing.signal);
    routes.get(
      "/api/intake",
      { schema: { summary: "What the subscription is doing, and why", response: { 200: intakeStatus } } },
      () => deps.intake(),
    );
    const access = { guard: requireToken(deps.token), closing: closing.signal };
    for (const register of deps.commandRoutes) register(routes, access);
    registerHealth(routes, deps);
    registerPages(routes, deps.reads, () => deps.intake());
    registered();
  });
  server.get("/api/openapi.json", { schema: { hide: true } }, () => server.swagger());

  const url = await listen(server, deps);
  return {
    url,
    async close() {
      closing.abort();
      await server.close();
    },
  };
}

function registerHealth(server: FastifyInstance, deps: PortalDeps): void {
  const hidden = { schema: { hide: true } };
  server.get("/livez", hidden, () => ({ alive: true }));
  server.get("/readyz", hidden, (_request: FastifyRequest, reply: FastifyReply) => {
    const reasons = deps.notReady();
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons });
  });
  server.get("/metrics", hidden, async (_request: FastifyRequest, reply: FastifyReply) => {
    await deps.refreshGauges();
    return reply.type(deps.metrics.contentType).send(await deps.metrics.metrics());
  });
}

async function listen(server: FastifyInstance, deps: PortalDeps): Promise<string> {
  try {
    return await server.listen({ host: deps.host, port: deps.port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "EADDRINUSE") {
      throw new PortalError(
        "port_in_use",
        `port ${deps.port} is taken by another program. Stop it, or set PORT to a free one.`,
        { cause },
      );
    }
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new PortalError(
      "port_refused",
      `cannot listen on ${deps.host}:${deps.port} (${detail}). Set PORT to another one.`,
      {
        cause,
      },
    );
  }
}
