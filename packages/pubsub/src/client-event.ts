import type { PubSubError } from "./pubsub-error.ts";

/** What a client does, for logs and metrics. Holds no token and no payload. Times are in milliseconds. */
export type ClientEvent =
  | {
      /** The server took the subscription: it answered, or stayed silent on an open connection for a second. */
      readonly kind: "connected";
      readonly topic: string;
    }
  | {
      /** A stream is over; the client goes on by itself. `error` is null when the server ended it with status OK. */
      readonly kind: "ended";
      readonly topic: string;
      readonly error: PubSubError | null;
    }
  | {
      /** The next attempt follows after `delayMs`. `attempt` counts failures in a row, from 1. */
      readonly kind: "backing_off";
      readonly topic: string;
      readonly delayMs: number;
      readonly attempt: number;
      readonly error: PubSubError;
    }
  | {
      /** A new access token replaces one that was refused. */
      readonly kind: "token_refreshed";
      readonly topic: string;
      readonly orgId: string;
    }
  | {
      /** Credit for `count` more events was given; `outstanding` is what the server may send now. */
      readonly kind: "requested";
      readonly topic: string;
      readonly count: number;
      readonly outstanding: number;
    }
  | {
      readonly kind: "received";
      readonly topic: string;
      readonly count: number;
      readonly outstanding: number;
    }
  | { readonly kind: "keepalive"; readonly topic: string }
  | {
      /** Nothing came for `silentMs` although credit was open; the connection is given up and built anew. */
      readonly kind: "watchdog_fired";
      readonly topic: string;
      readonly silentMs: number;
    }
  | {
      /** The server refused the position; reading goes on from the earliest retained event. */
      readonly kind: "discontinuity";
      readonly topic: string;
      readonly error: PubSubError;
    }
  | {
      /** A schema could not be fetched; its events wait, none is skipped. */
      readonly kind: "schema_delayed";
      readonly topic: string;
      readonly schemaId: string;
      readonly delayMs: number;
      readonly error: PubSubError;
    }
  | {
      readonly kind: "undecodable";
      readonly topic: string;
      readonly eventId: string;
      readonly error: PubSubError;
    };
