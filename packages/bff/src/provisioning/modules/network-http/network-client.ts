import { z } from "zod";
import type { Failure } from "../../../orders/failure.ts";
import type { JsonObject } from "../../../orders/json.ts";
import type { Downstream, DownstreamRequest, DownstreamResponse } from "../downstream-http.ts";
import { callDownstream, failureOfStatus, parseJson, unreadableAnswer } from "../downstream-http.ts";

const characteristicsShape = z.record(z.string(), z.json());

const serviceShape = z.looseObject({
  id: z.string().min(1),
  externalId: z.string(),
  state: z.string(),
  characteristics: characteristicsShape.default({}),
  /** When the service was ordered, whatever its state. */
  serviceDate: z.iso.datetime({ offset: true }).optional(),
  monitor: z.looseObject({ id: z.string().min(1) }).optional(),
});

const monitorShape = z.looseObject({
  id: z.string().min(1),
  state: z.string(),
  response: z.looseObject({ body: z.unknown() }).optional(),
});

const errorShape = z.looseObject({ code: z.string().optional(), message: z.string().optional() });

/** A service as the network knows it; it works once `state` is `active`. */
export type NetworkService = z.output<typeof serviceShape>;

/** The course of one activation; `service` is there once it is completed. */
export type Monitor = {
  readonly id: string;
  readonly state: string;
  readonly service: NetworkService | null;
};

/** What the network answered apart from success: its status, its own code and words. */
export type Refusal = { readonly status: number; readonly code: string | null; readonly message: string };

export type NetworkAnswer<Value> =
  | { readonly kind: "answered"; readonly value: Value }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "failed"; readonly failure: Failure };

export type NewService = {
  readonly externalId: string;
  readonly specification: string;
  readonly name: string;
  readonly characteristics: JsonObject;
};

/** Every function throws only when its signal aborts. */
export type NetworkClient = {
  /** The monitor of an accepted activation, or the service at once where the network works synchronously. */
  readonly create: (
    service: NewService,
    signal: AbortSignal,
  ) => Promise<NetworkAnswer<{ readonly monitor: Monitor } | { readonly service: NetworkService }>>;
  readonly findByExternalId: (
    externalId: string,
    signal: AbortSignal,
  ) => Promise<NetworkAnswer<readonly NetworkService[]>>;
  /** A part of all services, oldest first, and how many there are. */
  readonly list: (
    part: { readonly offset: number; readonly limit: number },
    signal: AbortSignal,
  ) => Promise<NetworkAnswer<{ readonly total: number; readonly services: readonly NetworkService[] }>>;
  readonly readMonitor: (monitorId: string, signal: AbortSignal) => Promise<NetworkAnswer<Monitor>>;
};

/** A client of an activation API in the style of TMF640: `POST /service` answers 202 and a monitor. */
export function createNetworkClient(url: string, token: string, downstream: Downstream): NetworkClient {
  const base = url.replace(/\/+$/, "");
  const headers = { authorization: `Bearer ${token}`, accept: "application/json" };

  async function send<Value>(
    request: DownstreamRequest,
    read: (body: unknown, response: DownstreamResponse) => Value | null,
    signal: AbortSignal,
  ): Promise<NetworkAnswer<Value>> {
    const outcome = await callDownstream(request, downstream, signal);
    if (outcome.kind === "failed") return outcome;
    const { response } = outcome;
    const failure = failureOfStatus(response, request, downstream);
    if (failure !== null) return { kind: "failed", failure };
    if (response.status >= 400) return { kind: "refused", refusal: refusalOf(response) };
    const value = read(parseJson(response.text), response);
    if (value === null) return { kind: "failed", failure: unreadableAnswer(response, request, downstream) };
    return { kind: "answered", value };
  }

  return {
    create: (service, signal) =>
      send(
        {
          url: `${base}/service`,
          method: "POST",
          headers: { ...headers, "content-type": "application/json" },
          body: JSON.stringify(service),
          changes: true,
        },
        readCreated,
        signal,
      ),
    findByExternalId: (externalId, signal) => {
      const query = new URLSearchParams({ externalId });
      return send(
        { url: `${base}/service?${query.toString()}`, method: "GET", headers, changes: false },
        (body) => z.array(serviceShape).safeParse(body).data ?? null,
        signal,
      );
    },
    list: ({ offset, limit }, signal) => {
      const query = new URLSearchParams({ offset: String(offset), limit: String(limit) });
      return send(
        { url: `${base}/service?${query.toString()}`, method: "GET", headers, changes: false },
        readPart,
        signal,
      );
    },
    readMonitor: (monitorId, signal) =>
      send(
        { url: `${base}/monitor/${encodeURIComponent(monitorId)}`, method: "GET", headers, changes: false },
        readMonitorBody,
        signal,
      ),
  };
}

/** Parts are counted in a header, as TM Forum's design guidelines (TMF630) have it. */
function readPart(body: unknown, response: DownstreamResponse) {
  const services = z.array(serviceShape).safeParse(body);
  const total = z.coerce.number().int().nonnegative().safeParse(response.headers.get("x-total-count"));
  return services.success && total.success && response.headers.has("x-total-count")
    ? { total: total.data, services: services.data }
    : null;
}

function readCreated(
  body: unknown,
  { status }: DownstreamResponse,
): { readonly monitor: Monitor } | { readonly service: NetworkService } | null {
  if (status === 201) {
    const service = serviceShape.safeParse(body);
    return service.success ? { service: service.data } : null;
  }
  const monitor = readMonitorBody(body);
  return monitor === null ? null : { monitor };
}

function readMonitorBody(body: unknown): Monitor | null {
  const parsed = monitorShape.safeParse(body);
  if (!parsed.success) return null;
  const service = serviceShape.safeParse(parsed.data.response?.body);
  return { id: parsed.data.id, state: parsed.data.state, service: service.success ? service.data : null };
}

function refusalOf(response: DownstreamResponse): Refusal {
  const parsed = errorShape.safeParse(parseJson(response.text));
  return {
    status: response.status,
    code: parsed.data?.code ?? null,
    message: (parsed.data?.message ?? response.text).slice(0, 2000),
  };
}
