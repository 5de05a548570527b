import type { TokenSource } from "./auth/session.ts";
import type { ClientEvent } from "./client-event.ts";
import type { NetworkOptions } from "./network/network-options.ts";
import { PubSubError } from "./pubsub-error.ts";
import type { DecodeOptions } from "./schema/payload-reader.ts";
import { systemDefaults } from "./system-defaults.ts";
import type { Timing } from "./system-defaults.ts";

/** The global endpoint; EU processing has its own, and port 7443 is often blocked; reference `pubsub-api.md`, 1.1. */
export const DEFAULT_ENDPOINT = "api.pubsub.salesforce.com:443";

/** Keepalives come every 60 s, sometimes 120 s; nothing for longer has meant a dead stream wherever it was seen. */
const DEFAULT_WATCHDOG_MS = 150_000;

export type PubSubClientOptions = Partial<Timing> & {
  /**
   * `host:port`; default `api.pubsub.salesforce.com:443`. `http://127.0.0.1:port` for a test server without TLS.
   */
  readonly endpoint?: string;
  readonly auth: TokenSource;
  /** The only org to talk to, 15 or 18 characters. Default that of the first session. */
  readonly expectedOrgId?: string;
  /** Authorities to trust beside the system's, as PEM; short for `network: { ca }`. */
  readonly ca?: Buffer | string;
  /** A proxy, a private authority. Give the same to the token source, which signs in over HTTPS. */
  readonly network?: NetworkOptions;
  /**
   * How long a stream with open credit may be silent before its connection is given up; default 150,000. The service
   * promises a keepalive every 270 s: from 300,000 on no quiet topic is ever reopened for nothing.
   */
  readonly watchdogMs?: number;
  /** The form in which payloads give longs beyond 2^53 and dates. */
  readonly decode?: DecodeOptions;
  /** Everything the client tells, for logs and metrics. What it throws is ignored. */
  readonly onEvent?: (event: ClientEvent) => void;
};

export function timingOf({ clock, random, sleep }: Partial<Timing>): Timing {
  return {
    clock: clock ?? systemDefaults.clock,
    random: random ?? systemDefaults.random,
    sleep: sleep ?? systemDefaults.sleep,
  };
}

/** @throws {PubSubError} `config_invalid` unless it is a number above 0. */
export function readWatchdogMs(watchdogMs: number = DEFAULT_WATCHDOG_MS): number {
  if (Number.isFinite(watchdogMs) && watchdogMs > 0) return watchdogMs;
  const detail = `expected milliseconds above 0, such as 150000; got ${String(watchdogMs)}.`;
  throw new PubSubError("config_invalid", "watchdogMs", detail);
}
