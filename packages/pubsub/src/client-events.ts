import { channel } from "node:diagnostics_channel";
import type { Channel } from "node:diagnostics_channel";
import type { ClientEvent, ClientEvents } from "./client-event.ts";

export type ClientEventName = ClientEvent["name"];
/** Takes the listener off again; safe to repeat. */
export type StopListening = () => void;

/**
 * Hands on what a client tells: to the listener of its options, to those of one name, and to the diagnostics channel
 * `sluice-pubsub:<name>`, on which tools listen without touching the code. What a listener throws is not ours to judge
 * and disturbs nobody.
 */
export class ClientEventHub {
  readonly #listeners = new Map<ClientEventName, Set<(event: ClientEvent) => void>>();
  readonly #channels = new Map<ClientEventName, Channel>();
  readonly #onEvent: ((event: ClientEvent) => void) | undefined;

  constructor(onEvent: ((event: ClientEvent) => void) | undefined) {
    this.#onEvent = onEvent;
  }

  on<Name extends ClientEventName>(name: Name, listener: (event: ClientEvents[Name]) => void): StopListening {
    // An own function each time, so that the same one can be given twice and taken off once.
    const own = (event: ClientEvent): void => {
      listener(event as ClientEvents[Name]);
    };
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(own));
    return () => {
      listeners.delete(own);
    };
  }

  emit(event: ClientEvent): void {
    const { name } = event;
    if (this.#onEvent !== undefined) tell(this.#onEvent, event);
    for (const listener of this.#listeners.get(name) ?? []) tell(listener, event);
    const shared = this.#channelOf(name);
    // Its subscribers' errors are raised by Node as uncaught ones, as for every other diagnostics channel.
    if (shared.hasSubscribers) shared.publish(event);
  }

  #channelOf(name: ClientEventName): Channel {
    let shared = this.#channels.get(name);
    if (shared === undefined) {
      shared = channel(`sluice-pubsub:${name}`);
      this.#channels.set(name, shared);
    }
    return shared;
  }
}

function tell(listener: (event: ClientEvent) => void, event: ClientEvent): void {
  try {
    listener(event);
  } catch {
    // A listener is no part of the subscription and must not end it.
  }
}
