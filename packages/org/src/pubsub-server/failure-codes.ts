/** gRPC statuses by number, so that the list can be read without gRPC. */
const status = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** `seen`: somebody saw the service answer so, or its documentation says it; otherwise it is a guess by meaning. */
type FailureCodeEntry = { readonly status: number; readonly basis: "seen" | "guessed" };

const seen = (code: number): FailureCodeEntry => ({ status: code, basis: "seen" });
const guessed = (code: number): FailureCodeEntry => ({ status: code, basis: "guessed" });

/** Every code of the Pub/Sub API (reference `pubsub-api.md`, 5.2 and 5.3), without its prefix. */
export const failureCodes = {
  "service.unavailable": seen(status.internal),
  "service.auth.error": seen(status.unauthenticated),
  "service.auth.headers.invalid": guessed(status.unauthenticated),
  "service.auth.refresh.invalid": guessed(status.unauthenticated),
  "service.protection.stream.limit.triggered": seen(status.resourceExhausted),
  "service.protection.triggered": seen(status.resourceExhausted),
  "service.tenant.license": guessed(status.permissionDenied),
  "concurrent.client.limit.exceeded": guessed(status.resourceExhausted),
  "topic.not.found": seen(status.notFound),
  "topic.meta.permission": guessed(status.permissionDenied),
  "topic.api.unavailable": guessed(status.unavailable),
  "topic.validation.empty": guessed(status.invalidArgument),
  "schema.meta.permission": guessed(status.permissionDenied),
  "schema.api.unavailable": guessed(status.unavailable),
  "schema.validation.failed": seen(status.invalidArgument),
  "subscription.fetch.replayid.corrupted": seen(status.invalidArgument),
  "subscription.fetch.replayid.validation.failed": seen(status.invalidArgument),
  "subscription.fetch.replay.repeated": guessed(status.aborted),
  "subscription.limit.exceeded": guessed(status.resourceExhausted),
  "subscription.fetch.overflow": guessed(status.invalidArgument),
  "subscription.fetch.requested.events.invalid": seen(status.invalidArgument),
  "subscription.fetch.topic.mismatch": seen(status.invalidArgument),
  "subscription.fetch.request.invalid": guessed(status.invalidArgument),
  "subscription.topic.cannot.subscribe": guessed(status.permissionDenied),
  "subscription.internal.error": guessed(status.internal),
  "publish.stream.sweeper.timeout": guessed(status.deadlineExceeded),
  "publish.auth.refresh.invalid": guessed(status.invalidArgument),
  "publish.event.count.invalid": guessed(status.invalidArgument),
  "publish.topic.mismatch": guessed(status.invalidArgument),
  "publish.topic.validation.empty": guessed(status.invalidArgument),
  "managed.subscription.already.active": guessed(status.failedPrecondition),
  "managed.subscription.config.stopped": guessed(status.failedPrecondition),
  "managed.subscription.config.deleted": guessed(status.notFound),
  "managed.subscription.developer.name.not.found": guessed(status.notFound),
  "managed.subscription.subscription.id.not.found": guessed(status.notFound),
  "managed.subscription.subscription.id.invalid": guessed(status.invalidArgument),
  "managed.subscription.id.or.developer.name.empty": guessed(status.invalidArgument),
  "managed.subscription.fetch.request.events.invalid": guessed(status.invalidArgument),
  "managed.subscription.fetch.request.invalid": guessed(status.invalidArgument),
  "managed.subscription.fetch.request.commit.request.restricted": guessed(status.invalidArgument),
  "managed.subscription.fetch.request.auth.request.restricted": guessed(status.invalidArgument),
} as const satisfies Readonly<Record<string, FailureCodeEntry>>;

export type RpcFailureCode = keyof typeof failureCodes;

export function isRpcFailureCode(text: string): text is RpcFailureCode {
  return Object.hasOwn(failureCodes, text);
}
