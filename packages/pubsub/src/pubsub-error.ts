/**
 * Why something of the Pub/Sub client failed. Codes are stable; tests, metrics and runbooks match on them.
 */
export type PubSubErrorCode =
  | "config_invalid" // an option makes no sense; thrown when the client or token source is created
  | "client_closed" // used after `close()`
  | "login_unreachable" // no usable answer from the login host
  | "login_rate_limited" // too many logins of this user
  | "auth_rejected" // the login host refuses the credentials; a person must act
  | "session_rejected" // the Pub/Sub API refuses the access token; a new session may help
  | "service_unavailable" // connection lost, proxy error, maintenance, internal error
  | "overloaded" // too many connections or requests
  | "delivery_limit_reached" // the org's 24 h delivery allocation is used up; events stay retained 72 h
  | "position_rejected" // the replay id is expired, from another org, or corrupted: the wire does not tell which
  | "topic_not_found" // no such event, or not deployed to this org
  | "permission_denied" // the user may not do this, or the org is not licensed
  | "request_rejected" // the service calls our request wrong: taken for a bug or a wrong name
  | "stream_ended" // the server ended the stream with status OK, which never means "finished"
  | "stream_silent" // neither event nor keepalive for too long while credit was open
  | "schema_unknown" // the event names no schema, or one the org does not know
  | "schema_unusable" // the schema is no valid Avro
  | "payload_undecodable" // the bytes do not fit the schema
  | "payload_invalid" // a record to publish does not fit the schema
  | "unexpected"; // nobody classified it; see `cause`

/** `hasty`: exponential from the base delay. `slow`: close to the cap from the first time. */
export type RetryPace = "hasty" | "slow";

type Traits = { readonly retryable: boolean; readonly pace: RetryPace };

const hasty: Traits = { retryable: true, pace: "hasty" };
const slow: Traits = { retryable: true, pace: "slow" };
const needsPerson: Traits = { retryable: false, pace: "hasty" };

const traits: Readonly<Record<PubSubErrorCode, Traits>> = {
  config_invalid: needsPerson,
  client_closed: needsPerson,
  login_unreachable: hasty,
  login_rate_limited: slow,
  auth_rejected: needsPerson,
  session_rejected: hasty,
  service_unavailable: hasty,
  overloaded: slow,
  delivery_limit_reached: slow,
  position_rejected: needsPerson,
  topic_not_found: needsPerson,
  permission_denied: needsPerson,
  request_rejected: needsPerson,
  stream_ended: hasty,
  stream_silent: hasty,
  schema_unknown: needsPerson,
  schema_unusable: needsPerson,
  payload_undecodable: needsPerson,
  payload_invalid: needsPerson,
  unexpected: hasty,
};

export type PubSubErrorOptions = {
  /** The id under which Salesforce support finds the call; absent when a proxy or the network failed. */
  readonly rpcId?: string | undefined;
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

  constructor(code: PubSubErrorCode, subject: string, detail: string, options: PubSubErrorOptions = {}) {
    const { rpcId, cause } = options;
    const suffix = rpcId === undefined || detail.includes(rpcId) ? "" : ` (rpcId ${rpcId})`;
    super(`[${code}] ${subject}: ${detail}${suffix}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.rpcId = rpcId;
  }

  /** Whether the same call may succeed later although nobody changed anything. A subscription tries either way. */
  get retryable(): boolean {
    return traits[this.code].retryable;
  }

  get pace(): RetryPace {
    return traits[this.code].pace;
  }

  /** Turns anything caught into a `PubSubError`; what nobody classified is `unexpected`. */
  static from(reason: unknown, subject: string): PubSubError {
    if (reason instanceof PubSubError) return reason;
    const detail = reason instanceof Error ? reason.message : String(reason);
    return new PubSubError("unexpected", subject, detail, { cause: reason });
  }
}
