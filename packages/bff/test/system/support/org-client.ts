import { z } from "zod";
import { waitFor } from "./wait-for.ts";

const API = "/services/data/v67.0";

/** What the tests look at of an Order. */
export type OrderRecord = {
  readonly Id: string;
  readonly OrderNumber: string;
  readonly Status: string;
  readonly TotalAmount: number;
  readonly Provisioning_Status__c: string;
  readonly Provisioning_Error_Code__c: string | null;
};

const orderFields =
  "Id, OrderNumber, Status, TotalAmount, Provisioning_Status__c, Provisioning_Error_Code__c";
const orderRecord = z.object({
  Id: z.string(),
  OrderNumber: z.string(),
  Status: z.string(),
  TotalAmount: z.number(),
  Provisioning_Status__c: z.string(),
  Provisioning_Error_Code__c: z.string().nullable(),
});
const token = z.object({ access_token: z.string() });
const saved = z.array(
  z.object({ success: z.boolean(), id: z.string().optional(), errors: z.array(z.unknown()) }),
);
const eventLog = z.object({
  events: z.array(z.object({ payload: z.record(z.string(), z.unknown()) })),
});

/** One row for the composite API. */
export type NewRecord = { readonly type: string; readonly values: Readonly<Record<string, unknown>> };

/** The org as any outsider reaches it: REST with a client-credentials token. */
export type OrgClient = {
  create(records: readonly NewRecord[]): Promise<readonly string[]>;
  approve(orderIds: readonly string[]): Promise<void>;
  setStatus(orderIds: readonly string[], status: string): Promise<void>;
  order(orderId: string): Promise<OrderRecord>;
  orders(orderIds: readonly string[]): Promise<readonly OrderRecord[]>;
  publish(eventObject: string, values: Readonly<Record<string, unknown>>): Promise<void>;
  /** Payloads of the newest events of a topic, oldest first. */
  events(topic: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
};

/** Signs in anew each time it is called: sessions of the emulated org die with its process. */
export async function signIn(orgUrl: string): Promise<OrgClient> {
  const accessToken = await fetchToken(orgUrl);

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${orgUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }

  async function saveAll(method: string, records: readonly object[]): Promise<readonly string[]> {
    const ids: string[] = [];
    // The composite API takes 200 records a call.
    for (let first = 0; first < records.length; first += 200) {
      const body = { allOrNone: false, records: records.slice(first, first + 200) };
      for (const result of saved.parse(await call(method, `${API}/composite/sobjects`, body))) {
        if (!result.success || result.id === undefined) throw new Error(JSON.stringify(result.errors));
        ids.push(result.id);
      }
    }
    return ids;
  }

  async function setStatus(orderIds: readonly string[], status: string): Promise<void> {
    await saveAll(
      "PATCH",
      orderIds.map((id) => ({ attributes: { type: "Order" }, id, Status: status })),
    );
  }

  async function orders(orderIds: readonly string[]): Promise<readonly OrderRecord[]> {
    const list = orderIds.map((id) => `'${id}'`).join(",");
    const soql = `SELECT ${orderFields} FROM Order WHERE Id IN (${list})`;
    const page = await call("GET", `${API}/query?${new URLSearchParams({ q: soql }).toString()}`);
    return z.object({ records: z.array(orderRecord) }).parse(page).records;
  }

  return {
    orders,
    create: (records) =>
      saveAll(
        "POST",
        records.map(({ type, values }) => ({ attributes: { type }, ...values })),
      ),
    setStatus,
    approve: (orderIds) => setStatus(orderIds, "Approved"),
    async order(orderId) {
      return orderRecord.parse(await call("GET", `${API}/sobjects/Order/${orderId}`));
    },
    async publish(eventObject, values) {
      await call("POST", `${API}/sobjects/${eventObject}`, values);
    },
    async events(topic) {
      const log = await call("GET", `/__org/events?${new URLSearchParams({ topic }).toString()}`);
      return eventLog.parse(log).events.map(({ payload }) => payload);
    },
  };
}

/** A token of the demo's client, as `curl` would get it. */
export async function fetchToken(orgUrl: string): Promise<string> {
  const answer = await fetch(`${orgUrl}/services/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "sluice-demo",
      client_secret: "sluice-demo-secret",
    }),
  });
  return token.parse(await answer.json()).access_token;
}

/**
 * Waits until every one of the orders is Completed and Activated.
 *
 * @returns the seconds it took.
 * @throws {Error} with the orders that are not, and `picture`.
 */
export async function untilAllActivated(
  org: OrgClient,
  orderIds: readonly string[],
  deadlineMs: number,
  picture: () => Promise<string>,
): Promise<number> {
  const startedAtMs = performance.now();
  let unfinished: readonly OrderRecord[] = [];
  await waitFor(
    `${orderIds.length} orders are Completed and Activated`,
    async () => {
      const records = await org.orders(orderIds);
      unfinished = records.filter(
        (order) => order.Provisioning_Status__c !== "Completed" || order.Status !== "Activated",
      );
      return records.length === orderIds.length && unfinished.length === 0 ? true : undefined;
    },
    {
      deadlineMs,
      picture: async () =>
        `${unfinished.length} unfinished: ${JSON.stringify(unfinished)}\n${await picture()}`,
    },
  );
  return (performance.now() - startedAtMs) / 1000;
}
