import { Client, Metadata, connectivityState, credentials } from "@grpc/grpc-js";
import type { ChannelCredentials, ClientDuplexStream } from "@grpc/grpc-js";
import type { SecureContext } from "node:tls";
import type { Session } from "../auth/session.ts";
import { proxyChannelOptions } from "../network/proxy-channel-options.ts";
import type { Proxy } from "../network/resolve-proxy.ts";
import { PubSubError } from "../pubsub-error.ts";
import type { Timing } from "../system-defaults.ts";
import type { Endpoint } from "./endpoint.ts";
import type { FetchRequest } from "./fetch-request.ts";
import type { FetchResponse } from "./fetch-response.ts";
import { methods } from "./methods.ts";
import type { AnswerOf, Method, RequestOf, UnaryRpcName } from "./methods.ts";
import type { PublishAnswer, PublishRequest } from "./publish.ts";
import { toRpcFailure } from "./rpc-failure.ts";

const UNARY_TIMEOUT_MS = 30_000;

const channelOptions = {
  // Without pings a connection that a NAT forgot stays open, dead and silent.
  "grpc.keepalive_time_ms": 60_000,
  "grpc.keepalive_timeout_ms": 20_000,
  "grpc.keepalive_permit_without_calls": 0,
  // Our own backoff decides when to try; the channel's would add up to two minutes to it.
  "grpc.initial_reconnect_backoff_ms": 200,
  "grpc.min_reconnect_backoff_ms": 200,
  "grpc.max_reconnect_backoff_ms": 1_000,
  // With the shared pool a renewed channel would get the very connection that it is meant to replace.
  "grpc.use_local_subchannel_pool": 1,
  // The service's responses fit into 4 MB; the rest is slack.
  "grpc.max_receive_message_length": 8 * 1024 * 1024,
  // Retries are ours: a channel that repeats a Publish by itself would publish twice.
  "grpc.enable_retries": 0,
};

export type SubscribeCall = ClientDuplexStream<FetchRequest, FetchResponse>;
export type PublishCall = ClientDuplexStream<PublishRequest, PublishAnswer>;

export type ConnectionOptions = {
  readonly endpoint: Endpoint;
  /** undefined: the authorities that this process trusts anyway. */
  readonly secureContext: () => SecureContext | undefined;
  readonly proxy: Proxy | undefined;
  readonly timing: Pick<Timing, "sleep">;
};

/** One HTTP/2 connection to the Pub/Sub API, shared by every call; dialled on first use. */
export class Connection {
  readonly #options: ConnectionOptions;
  #client: Client;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#client = this.#dial();
  }

  /** Which connection is in use; changes with `renew`. */
  get current(): unknown {
    return this.#client;
  }

  get isUp(): boolean {
    return this.#client.getChannel().getConnectivityState(false) === connectivityState.READY;
  }

  /** Opens a stream. The token is bound to it: a newer one counts for new calls only. */
  subscribe(session: Session): SubscribeCall {
    return this.#openStream(methods.Subscribe, session);
  }

  publishStream(session: Session): PublishCall {
    return this.#openStream(methods.PublishStream, session);
  }

  /**
   * Asks once and waits at most 30 s; a connection that gives no answer by then is not used again.
   *
   * @throws {PubSubError} with the code of the failure; the signal's reason when aborted.
   */
  async ask<Name extends UnaryRpcName>(
    name: Name,
    request: RequestOf<Name>,
    subject: string,
    session: Session,
    signal: AbortSignal,
  ): Promise<AnswerOf<Name>> {
    signal.throwIfAborted();
    const { path, encode, decode } = methods[name] as unknown as Method<RequestOf<Name>, AnswerOf<Name>>;
    const { promise, resolve, reject } = Promise.withResolvers<AnswerOf<Name>>();
    const used = this.#client;
    const call = used.makeUnaryRequest(
      path,
      encode,
      decode,
      request,
      metadataOf(session),
      (error, answer) => {
        if (error !== null) reject(toRpcFailure(error, name, subject));
        else if (answer === undefined)
          reject(new PubSubError("service_unavailable", subject, `${name} gave no answer.`));
        else resolve(answer);
      },
    );
    const done = new AbortController();
    const onAbort = (): void => {
      reject(signal.reason);
      call.cancel();
    };
    signal.addEventListener("abort", onAbort, { once: true, signal: done.signal });
    const onTimeout = (): void => {
      if (done.signal.aborted) return;
      const detail = `${name} got no answer within ${UNARY_TIMEOUT_MS / 1000} s.`;
      reject(new PubSubError("service_unavailable", subject, detail));
      call.cancel();
      this.renew(used);
    };
    this.#options.timing.sleep(UNARY_TIMEOUT_MS, done.signal).then(onTimeout, onTimeout);
    try {
      return await promise;
    } finally {
      done.abort();
    }
  }

  /**
   * Dials anew, unless somebody did so since `seen` was current: a dead TCP path kills every stream on it. Calls on
   * the old connection run to their own end.
   */
  renew(seen: unknown): void {
    if (seen !== this.#client) return;
    const old = this.#client;
    this.#client = this.#dial();
    old.close();
  }

  close(): void {
    this.#client.close();
  }

  #openStream<Request, Answer>(
    { path, encode, decode }: Method<Request, Answer>,
    session: Session,
  ): ClientDuplexStream<Request, Answer> {
    return this.#client.makeBidiStreamRequest(path, encode, decode, metadataOf(session));
  }

  #dial(): Client {
    const { endpoint, proxy } = this.#options;
    const { address, options } = proxyChannelOptions(endpoint.address, proxy);
    return new Client(address, this.#credentials(), { ...channelOptions, ...options });
  }

  #credentials(): ChannelCredentials {
    if (this.#options.endpoint.transport === "plain") return credentials.createInsecure();
    const context = this.#options.secureContext();
    return context === undefined ? credentials.createSsl() : credentials.createFromSecureContext(context);
  }
}

/** Salesforce asks for these three on every call; reference `pubsub-api.md`, section 1.3. */
function metadataOf(session: Session): Metadata {
  const metadata = new Metadata();
  metadata.set("accesstoken", session.accessToken);
  metadata.set("instanceurl", session.instanceUrl);
  metadata.set("tenantid", session.orgId);
  return metadata;
}
