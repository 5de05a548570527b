/**
 * Why something of the Pub/Sub client failed. Codes are stable; tests, metrics and runbooks match on them. The
 * catalogue in `docs/errors.md` says for each what to do.
 */
export type PubSubErrorCode =
  | "config_invalid" // an option makes no sense; thrown when the client or token source is created
  | "client_closed" // used after `close()`, or given up by it or by a signal
  | "login_unreachable" // no usable answer from the login host, or from the proxy in front of it
  | "login_rate_limited" // too many logins of this user
  | "auth_rejected" // the login host refuses the credentials; a person must act
  | "org_changed" // the token source signs in to another org than before; positions do not carry over
  | "session_rejected" // the Pub/Sub API refuses the access token; a new session may help
  | "service_unavailable" // connection lost, proxy error, maintenance, internal error
  | "overloaded" // too many connections or requests
  | "delivery_limit_reached" // the org's 24 h delivery allocation is used up; events stay retained 72 h
  | "position_rejected" // the replay id is expired, from another org, or corrupted: the wire does not tell which
  | "stream_inconsistent" // the service saw positions go back, or more credit than it allows; a new stream helps
  | "topic_not_found" // no such event, or not deployed to this org
  | "permission_denied" // the user may not do this, or the org is not licensed
  | "request_rejected" // the service calls our request wrong: taken for a bug or a wrong name
  | "stream_ended" // the server ended the stream with status OK, which never means "finished"
  | "stream_silent" // neither event nor keepalive for too long while credit was open
  | "schema_unknown" // the event names no schema, or one the org does not know
  | "schema_unusable" // the schema is no valid Avro
  | "payload_undecodable" // the bytes do not fit the schema
  | "payload_invalid" // a record to publish does not fit the schema
  | "unknown_service_code" // the service names an error that no table knows
  | "unexpected"; // nobody classified it; see `cause`

/**
 * What a failure calls for; the words of the table in `docs/errors.md`.
 * - `retry`           try again, with backoff
 * - `restart`         open the stream anew, at the same position
 * - `reauthenticate`  sign in anew, then try again
 * - `slow_down`       try again, less often
 * - `wait`            try again after minutes; the position is kept
 * - `reposition`      the position is of no use: start elsewhere, and tell the consumer
 * - `fatal`           a person must change something; a subscription looks again from time to time
 */
export type Reaction = "retry" | "restart" | "reauthenticate" | "slow_down" | "wait" | "reposition" | "fatal";

const reactions: Readonly<Record<PubSubErrorCode, Reaction>> = {
  config_invalid: "fatal",
  client_closed: "fatal",
  login_unreachable: "retry",
  login_rate_limited: "slow_down",
  auth_rejected: "fatal",
  org_changed: "fatal",
  session_rejected: "reauthenticate",
  service_unavailable: "retry",
  overloaded: "slow_down",
  delivery_limit_reached: "wait",
  position_rejected: "reposition",
  stream_inconsistent: "restart",
  topic_not_found: "fatal",
  permission_denied: "fatal",
  request_rejected: "fatal",
  stream_ended: "retry",
  stream_silent: "retry",
  schema_unknown: "fatal",
  schema_unusable: "fatal",
  payload_undecodable: "fatal",
  payload_invalid: "fatal",
  unknown_service_code: "retry",
  unexpected: "retry",
};

/** Whether no later call can make a schema of it: events of such a schema stay undecodable. */
export function isFinalAboutSchemas(code: PubSubErrorCode): boolean {
  return code === "schema_unknown" || code === "schema_unusable";
}

export type PubSubErrorOptions = {
  /** The id under which Salesforce support finds the call; absent when a proxy or the network failed. */
  readonly rpcId?: string | undefined;
  /** The `error-code` trailer without `sfdc.platform.eventbus.grpc.`. */
  readonly serviceCode?: string | undefined;
  readonly cause?: unknown;
};

/**
 * A failure of the Pub/Sub client. `message` is `[code] subject: detail (rpcId …)`, where the subject is a topic, a
 * schema, an event or a host. Never holds a token, a secret or a payload.
 */
export class PubSubError extends Error {
  override readonly name = "PubSubError";
  readonly code: PubSubErrorCode;
  /** The call's id at Salesforce, when it is known. */
  readonly rpcId: string | undefined;
  /** What the service called it, such as `subscription.limit.exceeded`; undefined when it did not say. */
  readonly serviceCode: string | undefined;

  constructor(code: PubSubErrorCode, subject: string, detail: string, options: PubSubErrorOptions = {}) {
    const { rpcId, cause, serviceCode } = options;
    const suffix = rpcId === undefined || detail.includes(rpcId) ? "" : ` (rpcId ${rpcId})`;
    super(`[${code}] ${subject}: ${detail}${suffix}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.rpcId = rpcId;
    this.serviceCode = serviceCode;
  }

  get reaction(): Reaction {
    return reactions[this.code];
  }

  get pace(): "hasty" | "slow" {
    return this.reaction === "slow_down" || this.reaction === "wait" ? "slow" : "hasty";
  }

  /** Whether the same call may succeed later although nobody changed anything. A subscription tries either way. */
  get retryable(): boolean {
    return this.reaction !== "fatal" && this.reaction !== "reposition";
  }

  /** Turns anything caught into a `PubSubError`; what nobody classified is `unexpected`. */
  static from(reason: unknown, subject: string): PubSubError {
    if (reason instanceof PubSubError) return reason;
    const detail = reason instanceof Error ? reason.message : String(reason);
    return new PubSubError("unexpected", subject, detail, { cause: reason });
  }
}
