import { PubSubError } from "@sluice/pubsub";
import type { EventAsItCame, ReceivedEvent } from "@sluice/pubsub";
import type { ReinjectDeps } from "../../src/intake/reinject.ts";
import { firstStep } from "../../src/provisioning/first-step.ts";
import { defaultMapping } from "../../src/salesforce/mapping.ts";
import { readEvent } from "../../src/salesforce/read-event.ts";
import { admitWithin } from "../../src/store/admit-within.ts";
import type { Ledger } from "./ledger.ts";
import { orgId, topic } from "./ledger.ts";

/** What a re-injection stands on, over a ledger; payloads are JSON here, and `broken` bytes fit no schema. */
export function outsideOf(ledger: Ledger, changes: Partial<ReinjectDeps> = {}): ReinjectDeps {
  return {
    store: ledger.store,
    topic,
    orgId: () => orgId,
    readEvent: (payload) => readEvent(payload, defaultMapping, orgId),
    admit: (tx, batch) => admitWithin(tx, { firstStep }, batch),
    now: () => Date.UTC(2026, 10, 24, 12),
    client: { decode: async (event) => decodeJson(event) },
    ...changes,
  };
}

function decodeJson(event: EventAsItCame): ReceivedEvent {
  const text = Buffer.from(event.raw).toString();
  if (text === "broken") {
    return { ...event, kind: "undecodable", error: new PubSubError("payload_undecodable", topic, "broken") };
  }
  return { ...event, kind: "event", payload: JSON.parse(text) as Record<string, unknown> };
}
