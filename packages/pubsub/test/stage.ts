import type { TestContext } from "node:test";
import { createPubSubClient } from "../src/index.ts";
import type {
  ClientEvent,
  PubSubClient,
  Session,
  StreamItem,
  SubscribeOptions,
  TokenSource,
} from "../src/index.ts";
import { startFakeBus } from "./fake-bus.ts";
import type { FakeBus, SentEvent } from "./fake-bus.ts";
import { ManualTiming } from "./manual-timing.ts";
import { Mailbox } from "./mailbox.ts";

export const topic = "/event/Test_Event__e";

/** The first payload vector of a real schema: {1700000000000, 005000000000001AAA, "hi"}. */
export const schemaId = "6L0yfG1TjHj3IeYaje5uZQ";
export const schemaJson = schemaOf("Test_Event__e", [{ name: "Message__c", type: "string" }]);
export const payload = Buffer.from("80a0abfef9622430303530303030303030303030303141414102046869", "hex");
export const record = { CreatedDate: 1_700_000_000_000, CreatedById: "005000000000001AAA", Message__c: "hi" };

export function schemaOf(
  name: string,
  fields: readonly { readonly name: string; readonly type: string }[],
): string {
  return JSON.stringify({
    type: "record",
    name,
    namespace: "com.sforce.eventbus",
    fields: [
      { name: "CreatedDate", type: "long" },
      { name: "CreatedById", type: "string" },
      ...fields.map((field) => ({ name: field.name, type: ["null", field.type], default: null })),
    ],
  });
}

/** Ten bytes, as they are seen in the wild: a number and two zero bytes. */
export function replayId(position: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeBigUInt64BE(BigInt(position));
  return bytes;
}

export function consumed(position: number, change: Partial<SentEvent["event"]> = {}): SentEvent {
  return { event: { id: `event-${position}`, schemaId, payload, ...change }, replayId: replayId(position) };
}

export function range(first: number, count: number): SentEvent[] {
  return Array.from({ length: count }, (_unused, index) => consumed(first + index));
}

/** Sessions named token-1, token-2 and so on. */
export class FakeAuth implements TokenSource {
  signIns = 0;
  #session: Session | undefined;

  get = (_signal: AbortSignal): Promise<Session> => {
    if (this.#session === undefined) {
      this.signIns += 1;
      const accessToken = `token-${this.signIns}`;
      this.#session = {
        accessToken,
        instanceUrl: "https://acme.my.salesforce.com",
        orgId: "00D000000000001EAA",
      };
    }
    return Promise.resolve(this.#session);
  };

  invalidate = (session: Session): void => {
    if (this.#session?.accessToken === session.accessToken) this.#session = undefined;
  };
}

export type Stage = {
  readonly bus: FakeBus;
  readonly client: PubSubClient;
  readonly auth: FakeAuth;
  readonly timing: ManualTiming;
  readonly events: Mailbox<ClientEvent>;
  /** Everything the client told, in order. */
  readonly told: ClientEvent[];
  /** Iterates the topic; nothing is pulled until `next` is called. */
  readonly subscribe: (options?: Partial<SubscribeOptions>) => AsyncIterator<StreamItem>;
  readonly stop: AbortController;
};

/** A client and a server of their own, gone when the test ends. */
export async function setStage(t: TestContext, change: { readonly auth?: TokenSource } = {}): Promise<Stage> {
  const bus = await startFakeBus();
  bus.schemas.set(schemaId, schemaJson);
  const auth = new FakeAuth();
  const timing = new ManualTiming();
  const events = new Mailbox<ClientEvent>();
  const told: ClientEvent[] = [];
  const stop = new AbortController();
  const client = createPubSubClient({
    endpoint: bus.endpoint,
    auth: change.auth ?? auth,
    clock: timing.clock,
    random: timing.random,
    sleep: timing.sleep,
    onEvent: (event) => {
      told.push(event);
      events.put(event);
    },
  });
  t.after(() => {
    stop.abort();
    client.close();
    bus.close();
  });
  return {
    bus,
    client,
    auth,
    timing,
    events,
    told,
    stop,
    subscribe: (options = {}) => {
      const start = { position: { kind: "earliest" }, capacity: () => 100, signal: stop.signal } as const;
      const items = client.subscribe(topic, { ...start, ...options });
      return items[Symbol.asyncIterator]();
    },
  };
}

/** The item, which must be a batch. */
export async function nextBatch(
  items: AsyncIterator<StreamItem>,
): Promise<Extract<StreamItem, { readonly kind: "batch" }>> {
  const { value, done } = await items.next();
  if (done === true || value.kind !== "batch") throw new Error("expected a batch");
  return value;
}
