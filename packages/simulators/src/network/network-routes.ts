import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { answerHttpCall } from "../call/answer-http.ts";
import type { FaultAnswers, HttpAnswer } from "../call/answer-http.ts";
import { isoTime } from "../call/perform-call.ts";
import type { CallDesk, Outcome } from "../call/perform-call.ts";
import { networkDemoToken } from "../demo-credentials.ts";
import type { NetworkOperation } from "../operations.ts";
import { describeMonitor, describeService, numberOfId } from "./describe-service.ts";
import {
  characteristicsSchema,
  findNetworkService,
  insertNetworkService,
  listServices,
  specifications,
} from "./network-store.ts";
import type { NetworkService, ServicePart } from "./network-store.ts";

const externalIdSchema = z.string().min(1).max(64);
const newServiceSchema = z.object({
  externalId: externalIdSchema,
  specification: z.enum(specifications),
  name: z.string().max(200).default(""),
  characteristics: characteristicsSchema.default({}),
});
const listQuerySchema = z.object({
  externalId: externalIdSchema.optional(),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
const idParameterSchema = z.object({ id: z.string() });

const faultAnswers: FaultAnswers = {
  errorMessage: (message) => errorAnswer(422, "business_error", message),
  serverError: errorAnswer(500, "server_error", "Internal error"),
};

/** Serves network activation: accepts services, and activates each when its time has come. */
export function networkRoutes(server: FastifyInstance, desk: CallDesk): void {
  const answer = (
    exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    operation: NetworkOperation,
    key: string | null,
    act: (nowMs: number) => Outcome<HttpAnswer>,
  ): Promise<FastifyReply> => {
    const isKnown = exchange.request.headers.authorization === `Bearer ${networkDemoToken}`;
    const guarded = isKnown
      ? act
      : () => found(errorAnswer(401, "unauthorized", "The token is not accepted"));
    return answerHttpCall(desk, exchange, { system: "network", operation }, key, guarded, faultAnswers);
  };

  server.post("/network/service", (request, reply) => {
    const body = newServiceSchema.safeParse(request.body);
    const key = body.success ? body.data.externalId : null;
    return answer({ request, reply }, "CreateService", key, (nowMs) =>
      body.success ? createService(desk, body.data, nowMs) : found(invalid("invalid_body", body.error)),
    );
  });

  server.get("/network/service", (request, reply) => {
    const query = listQuerySchema.safeParse(request.query);
    const key = query.success ? (query.data.externalId ?? null) : null;
    return answer({ request, reply }, "ListServices", key, (nowMs) => {
      if (!query.success) return found(invalid("invalid_query", query.error));
      return found(partAnswer(listServices(desk.database, query.data), nowMs));
    });
  });

  server.get("/network/service/:id", (request, reply) => {
    const service = findByParameter(desk, request, "s");
    return answer({ request, reply }, "GetService", service?.externalId ?? null, (nowMs) =>
      found(
        service === undefined ? unknown("service") : { status: 200, body: describeService(service, nowMs) },
      ),
    );
  });

  server.get("/network/monitor/:id", (request, reply) => {
    const service = findByParameter(desk, request, "m");
    return answer({ request, reply }, "GetMonitor", service?.externalId ?? null, (nowMs) =>
      found(
        service === undefined ? unknown("monitor") : { status: 200, body: describeMonitor(service, nowMs) },
      ),
    );
  });
}

function createService(
  desk: CallDesk,
  wanted: z.infer<typeof newServiceSchema>,
  nowMs: number,
): Outcome<HttpAnswer> {
  const dueAtMs = nowMs + desk.settings.read().activationMs;
  const accepted = { ...wanted, acceptedAt: isoTime(nowMs), dueAtMs };
  const service: NetworkService = { ...accepted, id: insertNetworkService(desk.database, accepted) };
  const monitor = describeMonitor(service, nowMs);
  return {
    answer: { status: 202, headers: { location: monitor.href }, body: monitor },
    effects: [
      {
        key: service.externalId,
        reference: `service s-${service.id}`,
        line: `network: ${service.specification} service s-${service.id} accepted`,
      },
    ],
  };
}

/** Lists are answered as TM Forum's design guidelines (TMF630) have it: counted in headers, 206 when there is more. */
function partAnswer({ services, total }: ServicePart, nowMs: number): HttpAnswer {
  return {
    status: services.length < total ? 206 : 200,
    headers: { "x-total-count": String(total), "x-result-count": String(services.length) },
    body: services.map((service) => describeService(service, nowMs)),
  };
}

function findByParameter(
  desk: CallDesk,
  request: FastifyRequest,
  prefix: "s" | "m",
): NetworkService | undefined {
  const id = numberOfId(idParameterSchema.parse(request.params).id, prefix);
  return id === undefined ? undefined : findNetworkService(desk.database, id);
}

function found(answer: HttpAnswer): Outcome<HttpAnswer> {
  return { answer, effects: [] };
}

function unknown(what: "service" | "monitor"): HttpAnswer {
  return errorAnswer(404, "not_found", `There is no such ${what}`);
}

function invalid(code: string, error: z.ZodError): HttpAnswer {
  const details = error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  return errorAnswer(400, code, details.join("; "));
}

/** TM Forum's error body. */
function errorAnswer(status: number, code: string, message: string): HttpAnswer {
  return { status, body: { code, reason: code.replaceAll("_", " "), message, status: String(status) } };
}
