import { z } from "zod";
import { isRpcFailureCode } from "../pubsub-server/failure-codes.ts";
import type { RpcFailureCode } from "../pubsub-server/failure-codes.ts";

/**
 * Everything that can be made to go wrong. Where a fault bites is its `point`:
 * - `stream`   a Subscribe, ManagedSubscribe or PublishStream call, when it opens, before a response, or at once
 * - `bus`      events on their way to the bus
 * - `save`     records being saved
 * - `request`  a call of the REST API
 */
export type FaultPoint = "stream" | "bus" | "save" | "request";

type FaultKindEntry = {
  readonly point: FaultPoint;
  readonly description: string;
  /** What may be said beside the kind; everything has a default. */
  readonly options: z.ZodType<Readonly<Record<string, string | number | boolean>>>;
};

const noOptions = z.strictObject({});
const failureCode = z
  .string()
  .default("service.unavailable")
  .transform((code) => code.replace("sfdc.platform.eventbus.grpc.", ""))
  .refine((code): code is RpcFailureCode => isRpcFailureCode(code), {
    error: "this is no code of the Pub/Sub API; give it without sfdc.platform.eventbus.grpc.",
  });
const milliseconds = (fallback: number) => z.int().min(0).max(86_400_000).default(fallback);

export const faultKinds = {
  stream_end_ok: {
    point: "stream",
    description: "The stream ends with status OK, as a draining server ends it.",
    options: noOptions,
  },
  stream_rst: {
    point: "stream",
    description: "The stream is reset with HTTP/2 code 0; grpc-js tells INTERNAL, Java UNAVAILABLE.",
    options: noOptions,
  },
  stream_goaway: {
    point: "stream",
    description: "The connection says GOAWAY: new calls go over another one, streams on this one go on.",
    options: noOptions,
  },
  tcp_cut: {
    point: "stream",
    description: "The TCP connection is cut.",
    options: noOptions,
  },
  half_open: {
    point: "stream",
    description: "Both ends stay connected and nothing passes any more, pings neither.",
    options: noOptions,
  },
  stream_unavailable: {
    point: "stream",
    description:
      "The stream fails with UNAVAILABLE and no trailers, as a proxy in front of the service does.",
    options: noOptions,
  },
  stream_failed: {
    point: "stream",
    description: "The stream fails with a code of the service, such as service.unavailable.",
    options: z.strictObject({ code: failureCode }),
  },
  rpc_unavailable: {
    point: "stream",
    description: "GetTopic, GetSchema and Publish fail with UNAVAILABLE and no trailers.",
    options: noOptions,
  },
  rpc_failed: {
    point: "stream",
    description:
      "GetTopic, GetSchema and Publish fail with a code of the service, such as topic.meta.permission.",
    options: z.strictObject({ code: failureCode }),
  },
  rpc_slow: {
    point: "stream",
    description: "GetTopic, GetSchema and Publish answer late.",
    options: z.strictObject({ delayMs: milliseconds(1_000) }),
  },
  event_duplicate: {
    point: "bus",
    description: "An event comes twice: the same event id with a new replay id.",
    options: noOptions,
  },
  event_reorder: {
    point: "bus",
    description: "The events of one request come after those of the next request.",
    options: noOptions,
  },
  event_lost: {
    point: "bus",
    description: "The save commits and its events never reach the bus.",
    options: noOptions,
  },
  event_delay: {
    point: "bus",
    description: "The events of a request reach the bus late, on the org's clock.",
    options: z.strictObject({ delayMs: milliseconds(5_000) }),
  },
  publish_refused: {
    point: "save",
    description: "Publishing is refused at once; a flow takes its fault path.",
    options: z.strictObject({
      code: z
        .enum(["LIMIT_EXCEEDED", "PLATFORM_EVENT_PUBLISHING_UNAVAILABLE", "PLATFORM_EVENT_ENCRYPTION_ERROR"])
        .default("LIMIT_EXCEEDED"),
    }),
  },
  save_rolled_back: {
    point: "save",
    description: "The save fails at the very end, after its flows ran, and everything is rolled back.",
    options: noOptions,
  },
  record_late: {
    point: "save",
    description: "A saved record shows its old state to readers for a while, though the event is out.",
    options: z.strictObject({ delayMs: milliseconds(2_000) }),
  },
  row_locked: {
    point: "save",
    description: "The save is refused with UNABLE_TO_LOCK_ROW.",
    options: noOptions,
  },
  record_locked: {
    point: "save",
    description: "The save is refused with ENTITY_IS_LOCKED, as while an approval is pending.",
    options: noOptions,
  },
  api_quota: {
    point: "request",
    description: "The call is refused with REQUEST_LIMIT_EXCEEDED.",
    options: z.strictObject({ limit: z.enum(["total", "concurrent"]).default("total") }),
  },
  slow_answer: {
    point: "request",
    description: "The call is done at once and answered late.",
    options: z.strictObject({ delayMs: milliseconds(5_000) }),
  },
  lost_answer: {
    point: "request",
    description: "The call is done, and the connection is cut before the answer.",
    options: noOptions,
  },
  lost_request: {
    point: "request",
    description: "The connection is cut before the call is done.",
    options: noOptions,
  },
  server_unavailable: {
    point: "request",
    description: "The call is answered with 503 and an HTML page.",
    options: noOptions,
  },
  server_error: {
    point: "request",
    description: "The call is answered with 500 UNKNOWN_EXCEPTION.",
    options: noOptions,
  },
} as const satisfies Readonly<Record<string, FaultKindEntry>>;

export type FaultKind = keyof typeof faultKinds;
export type FaultOptions<Kind extends FaultKind> = z.output<(typeof faultKinds)[Kind]["options"]>;
