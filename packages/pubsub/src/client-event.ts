import type { PubSubError } from "./pubsub-error.ts";
import type { SchemaDrift } from "./schema/schema-drift.ts";

type OnTopic<Name extends string, Detail> = Detail & { readonly name: Name; readonly topic: string };

/**
 * What a client does, for logs, metrics and alerts; named `area:thing:phase`. Holds no token and no payload. Times are
 * in milliseconds.
 */
export type ClientEvent =
  /** The server took the subscription: it answered, or stayed silent on an open connection for a second. */
  | OnTopic<"subscription:stream:opened", object>
  /** A stream is over; the client goes on by itself. `error` is null when the server ended it with status OK. */
  | OnTopic<"subscription:stream:ended", { readonly error: PubSubError | null }>
  /** Nothing came for `silentMs` although credit was open; the connection is given up and built anew. */
  | OnTopic<"subscription:stream:silent", { readonly silentMs: number }>
  /** The server answers again after `attempts` that failed; `downMs` is until the stream that it answers on was open. */
  | OnTopic<"subscription:stream:recovered", { readonly downMs: number; readonly attempts: number }>
  /** The consumer has had no room for so long that the stream was closed on purpose; its position is kept. */
  | OnTopic<"subscription:stream:paused", { readonly waiting: number }>
  /** There is room again: a stream is opened where the last one was closed. */
  | OnTopic<"subscription:stream:resumed", { readonly pausedMs: number }>
  /** The next attempt follows after `delayMs`. `attempt` counts failures in a row, from 1. */
  | OnTopic<
      "subscription:retry:scheduled",
      { readonly delayMs: number; readonly attempt: number; readonly error: PubSubError }
    >
  /** A person should look: told when the trouble begins, and again when its reason changes. */
  | OnTopic<"subscription:alarm:raised", { readonly error: PubSubError }>
  /** What an alarm was about is over: the server has answered. */
  | OnTopic<"subscription:alarm:cleared", object>
  /** The stream has been down for so long that events may pass out of retention before it is back. */
  | OnTopic<"subscription:position:ageing", { readonly ageMs: number; readonly retentionMs: number }>
  /** Continuity is broken: the consumer gets the same as an item. */
  | OnTopic<
      "subscription:position:rejected",
      { readonly error: PubSubError; readonly restartedAt: "earliest" | "latest" }
    >
  /** Credit for `count` more events was given; `outstanding` is what the server may send now. */
  | OnTopic<"subscription:credit:granted", { readonly count: number; readonly outstanding: number }>
  | OnTopic<"subscription:events:received", { readonly count: number; readonly outstanding: number }>
  | OnTopic<"subscription:keepalive:received", object>
  /** An event fits no schema and is given to the consumer as `undecodable`. */
  | OnTopic<
      "subscription:event:undecodable",
      { readonly eventId: string; readonly schemaId: string; readonly error: PubSubError }
    >
  /** A schema could not be fetched; its events wait, none is skipped. */
  | OnTopic<
      "schema:fetch:delayed",
      { readonly schemaId: string; readonly delayMs: number; readonly error: PubSubError }
    >
  /** An event came with a schema that differs from the one the consumer was written for, or got first. */
  | OnTopic<"schema:drift:found", { readonly drift: SchemaDrift }>
  /** A new access token replaces one that was refused. */
  | { readonly name: "session:token:renewed"; readonly orgId: string }
  /** The org moved: `instance_url` is another one than before. */
  | { readonly name: "session:instance:changed"; readonly from: string; readonly to: string }
  /** The token source signs in to another org: nothing is read from it or published to it. */
  | { readonly name: "session:org:changed"; readonly expectedOrgId: string; readonly orgId: string }
  | OnTopic<"publish:stream:opened", object>
  /** `error` is null when the stream was closed on purpose, such as after a quiet minute. */
  | OnTopic<"publish:stream:ended", { readonly error: PubSubError | null }>;

/** The events by name. */
export type ClientEvents = { readonly [Event in ClientEvent as Event["name"]]: Event };
