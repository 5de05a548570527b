import { randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { FaultMatch } from "../faults/fault-registry.ts";
import { authenticateCall } from "./call-auth.ts";
import { http2Of } from "./http2-of-call.ts";
import type { CallTransport } from "./http2-of-call.ts";
import type { OpenedStream, StreamProgress, StreamRpc } from "./live-streams.ts";
import { OversizeRequest } from "./oversize-request.ts";
import { watchPings } from "./ping-policy.ts";
import type { PubSubServices } from "./pubsub-services.ts";
import { RpcFailure, toRpcFailure, toServiceError } from "./rpc-failure.ts";
import { takeStreamFault } from "./stream-faults.ts";
import type { StreamFault } from "./stream-faults.ts";

/** One streaming call, as its RPC sees it. */
export type StreamHandler<Request> = {
  /** @throws {RpcFailure} when the request is refused. */
  receive(request: Request): void;
  /** The client reads again. */
  resume?(): void;
  close(): void;
  readonly progress: StreamProgress;
  topicOf(request: Request): string | undefined;
};

export type StreamOutput<Response> = {
  send(response: Response): boolean;
  end(cause: string): void;
  fail(reason: unknown): void;
};

type Incoming<Request> = Request | OversizeRequest;
/** A call whose requests may be larger than the service takes. */
export type StreamCall<Request, Response> = ServerDuplexStream<Incoming<Request>, Response>;

type AuthRefresh = { readonly authRefresh?: string };
type Caller = { readonly userId: string; readonly token: string };

/** As a proxy in front of the service fails: without trailers. */
export const proxyFailure = {
  code: status.UNAVAILABLE,
  details: "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
};

const byClient = "ended by the client";

/** How many requests one stream may send in this time. */
const requestWindowMs = 60_000;

/**
 * A streaming call from its headers to its end: who calls, what goes wrong on purpose, and what remains of it in the
 * log. What it is about is its handler's business.
 */
export class ServedStream<Request extends AuthRefresh, Response> {
  readonly rpcId: string = randomUUID();
  readonly #call: StreamCall<Request, Response>;
  readonly #rpc: StreamRpc;
  readonly #services: PubSubServices;
  #handler: StreamHandler<Request> | null = null;
  #caller: Caller = { userId: "", token: "" };
  #transport: CallTransport | null = null;
  #isOver = false;
  #requests: readonly number[] = [];
  #hasStarted = false;
  #unlist: (cause: string) => void = () => undefined;
  #stopAging: () => void = () => undefined;

  constructor(call: StreamCall<Request, Response>, rpc: StreamRpc, services: PubSubServices) {
    this.#call = call;
    this.#rpc = rpc;
    this.#services = services;
  }

  get token(): string {
    return this.#caller.token;
  }

  get userId(): string {
    return this.#caller.userId;
  }

  /** Serves the call until it ends. */
  serve(openHandler: (output: StreamOutput<Response>) => StreamHandler<Request>): void {
    try {
      const transport = http2Of(this.#call);
      // The client is gone already, and nobody would hear an answer.
      if (transport === undefined) return;
      this.#transport = transport;
      this.#open(transport);
    } catch (reason) {
      this.fail(reason);
      return;
    }
    const call = this.#call;
    const handler = openHandler({
      send: (response) => this.#send(response),
      end: (cause) => {
        this.end(cause);
      },
      fail: (reason) => {
        this.fail(reason);
      },
    });
    this.#handler = handler;
    call.on("data", (request: Incoming<Request>) => {
      if (!this.#isOver) this.#receive(request, handler);
    });
    call.on("drain", () => {
      handler.resume?.();
    });
    const cause = (): string => (this.#connection()?.isOpen === true ? byClient : "connection lost");
    const lost = (): void => {
      this.#finish(cause());
    };
    call.on("cancelled", lost);
    call.on("close", lost);
    // A client that closes its half gets status OK, as from the service. One that cancels closes its half, too.
    call.on("end", () => {
      this.end(cause());
    });
  }

  /** Ends the call with status OK. */
  end(cause: string): void {
    if (!this.#finish(cause)) return;
    this.#call.end();
  }

  fail(reason: unknown): void {
    const { onFault, knobs } = this.#services;
    const failure = toRpcFailure(reason, this.#rpc, onFault);
    if (!this.#finish(`failed: ${failure.code}`)) return;
    const { statuses } = knobs;
    this.#call.emit("error", toServiceError(failure, { rpc: this.#rpc, rpcId: this.rpcId, statuses }));
  }

  /** Lets a fault bite. */
  strike(fault: StreamFault): void {
    const cause = `fault: ${fault.kind}`;
    switch (fault.kind) {
      case "stream_failed":
        this.fail(new RpcFailure(fault.options.code, "This failure was ordered."));
        return;
      case "stream_unavailable":
        if (this.#finish(cause)) this.#call.emit("error", proxyFailure);
        return;
      case "stream_end_ok":
        this.end(cause);
        return;
      case "stream_rst":
        if (this.#finish(cause)) this.#transport?.stream.close(0);
        return;
      case "stream_goaway":
        if (this.#transport?.session.destroyed === false) this.#transport.session.goaway(0);
        return;
      case "tcp_cut":
        if (this.#finish(cause)) this.#connection()?.cut();
        return;
      case "half_open":
        this.#connection()?.freeze();
    }
  }

  #open({ session }: CallTransport): void {
    const { core, sessions, streams, knobs, clock } = this.#services;
    const call = this.#call;
    this.#caller = authenticateCall(call.metadata, sessions, core.orgId, knobs);
    if (knobs.maxClients !== null && streams.list().length >= knobs.maxClients) {
      throw new RpcFailure(
        "concurrent.client.limit.exceeded",
        `The org allows ${knobs.maxClients} clients at a time.`,
      );
    }
    if (knobs.minPingIntervalMs !== null) {
      watchPings(session, knobs.minPingIntervalMs, () => clock.now());
    }
    const [trace] = call.metadata.get("x-client-trace-id");
    const opened: OpenedStream = {
      rpcId: this.rpcId,
      rpc: this.#rpc,
      userId: this.#caller.userId,
      traceId: typeof trace === "string" ? trace : null,
      peer: this.#connection()?.peer ?? call.getPeer(),
    };
    const none = { topic: null, credit: 0, delivered: 0 };
    this.#unlist = streams.add(
      opened,
      () => this.#handler?.progress ?? none,
      (fault) => {
        this.strike(fault);
      },
    );
    if (knobs.maxStreamAgeMs !== null) {
      this.#stopAging = clock.startTimer(knobs.maxStreamAgeMs, () => {
        this.end("too old");
      });
    }
  }

  #receive(request: Incoming<Request>, handler: StreamHandler<Request>): void {
    if (request instanceof OversizeRequest) {
      if (this.#finish("request larger than 4 MB")) this.#call.emit("error", proxyFailure);
      return;
    }
    try {
      this.#limitRequests();
      this.#checkRefresh(request);
      if (!this.#hasStarted) {
        this.#hasStarted = true;
        this.#takeFault("open", handler.topicOf(request));
        if (this.#isOver) return;
      }
      handler.receive(request);
    } catch (reason) {
      this.fail(reason);
    }
  }

  #send(response: Response): boolean {
    this.#takeFault("response", this.#handler?.progress.topic ?? undefined);
    return this.#isOver ? false : this.#call.write(response);
  }

  #takeFault(at: "open" | "response", topic: string | undefined): void {
    const place: FaultMatch = {
      rpc: this.#rpc,
      user: this.#caller.userId,
      at,
      ...(topic === undefined ? {} : { topic }),
    };
    const fault = takeStreamFault(this.#services.faults, place);
    if (fault !== undefined) this.strike(fault);
  }

  #limitRequests(): void {
    const { knobs, clock } = this.#services;
    const max = knobs.maxRequestsPerMinute;
    if (max === null) return;
    const now = clock.now();
    this.#requests = [...this.#requests.filter((atMs) => atMs > now - requestWindowMs), now];
    if (this.#requests.length <= max) return;
    throw new RpcFailure(
      "service.protection.stream.limit.triggered",
      `This stream sent more than ${max} requests in a minute.`,
    );
  }

  /** The first request's refresh is the handler's to refuse, where it must not have one. */
  #checkRefresh({ authRefresh = "" }: Request): void {
    const { knobs, sessions } = this.#services;
    if (!knobs.checksAuthRefresh || authRefresh === "" || !this.#hasStarted) return;
    if (sessions.use(authRefresh) === undefined) {
      throw new RpcFailure("service.auth.refresh.invalid", "The session in auth_refresh is not valid.");
    }
  }

  #connection(): ReturnType<ReturnType<PubSubServices["relay"]>["connectionOf"]> {
    return this.#services.relay().connectionOf(this.#call.getPeer());
  }

  /** @returns false when it was over already. */
  #finish(cause: string): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#unlist(cause);
    this.#stopAging();
    this.#handler?.close();
    return true;
  }
}
