import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { createOrders } from "../../packages/bff/test/system/support/new-orders.ts";
import { signIn } from "../../packages/bff/test/system/support/org-client.ts";
import type { OrgSession } from "./org-session.ts";

/** Longer than a record shows its old state, so that what is read after a failure is what was saved. */
const LOOK_MS = 1_500;
const DEADLINE_MS = 90_000;
/** `IN (…)` of a query must stay short enough for an address. */
const IDS_A_QUERY = 150;

const row = z.object({ Id: z.string(), Status: z.string(), Approval_Sequence__c: z.number().nullable() });
type Row = z.infer<typeof row>;

/** Every fifth order shares one household, and every twentieth has no lines and will be held. */
const SHARED_EVERY = 5;
const EMPTY_EVERY = 20;

/**
 * The orders of the campaign and how often each was approved. Approvals go through REST like an operator's; what the
 * campaign does not know after a broken call it reads, so that its count is exact.
 */
export class OrderBook {
  readonly #org: OrgSession;
  readonly #orgUrl: string;
  readonly #drafts: string[] = [];
  readonly #approvals = new Map<string, number>();
  readonly #cancelled = new Set<string>();

  constructor(org: OrgSession, orgUrl: string) {
    this.#org = org;
    this.#orgUrl = orgUrl;
  }

  /** How often each order was approved. */
  get approvals(): ReadonlyMap<string, number> {
    return this.#approvals;
  }

  get cancelled(): ReadonlySet<string> {
    return this.#cancelled;
  }

  /** Makes drafts; to be called while nothing goes wrong. */
  async stock(count: number): Promise<void> {
    const client = await signIn(this.#orgUrl);
    const shared = Math.floor(count / SHARED_EVERY);
    const empty = Math.floor(count / EMPTY_EVERY);
    const own = await createOrders(client, { count: count - shared - empty, account: "own" });
    const others = shared === 0 ? [] : await createOrders(client, { count: shared, account: "fixture" });
    const without =
      empty === 0 ? [] : await createOrders(client, { count: empty, account: "fixture", hasLines: false });
    // Mixed, so that every wave has some of each.
    this.#drafts.push(...woven(own, woven(others, without)));
  }

  /** Approves the next drafts in one request. @returns their ids. */
  async approveNext(count: number): Promise<readonly string[]> {
    const ids = this.#drafts.splice(0, count);
    await this.#approve(ids);
    return ids;
  }

  /** Takes orders back to Draft and approves them again; those that are done by now are left alone. */
  async approveAgain(ids: readonly string[]): Promise<void> {
    const drafts = await this.#setStatus(ids, "Draft");
    await this.#approve(drafts);
  }

  async cancel(ids: readonly string[]): Promise<void> {
    for (const id of await this.#setStatus(ids, "Cancelled")) this.#cancelled.add(id);
  }

  async #approve(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#approvals.set(id, (this.#approvals.get(id) ?? 0) + 1);
    await this.#until("approved", ids, "Approved", (order) => {
      return (order.Approval_Sequence__c ?? 0) >= (this.#approvals.get(order.Id) ?? 0);
    });
  }

  /** Only orders that are Approved are moved. @returns those that are in the status now. */
  async #setStatus(ids: readonly string[], status: "Draft" | "Cancelled"): Promise<readonly string[]> {
    const movable = (await this.#read(ids)).filter(({ Status }) => Status === "Approved").map(({ Id }) => Id);
    await this.#until(status, movable, status, ({ Status }) => Status !== "Approved");
    return (await this.#read(movable)).filter(({ Status }) => Status === status).map(({ Id }) => Id);
  }

  /** Saves the status until every order is `done`; after a call that broke it looks before it saves again. */
  async #until(
    what: string,
    ids: readonly string[],
    status: string,
    isDone: (order: Row) => boolean,
  ): Promise<void> {
    const startedAtMs = performance.now();
    let open = ids;
    while (open.length > 0) {
      if (performance.now() - startedAtMs > DEADLINE_MS) {
        throw new Error(
          `${open.length} orders could not be ${what} within ${DEADLINE_MS} ms: ${open.join(", ")}`,
        );
      }
      try {
        const rows = open.map((id) => ({ attributes: { type: "Order" }, id, Status: status }));
        const results = await this.#org.save("PATCH", rows);
        if (results.every(({ kind }) => kind === "saved")) return;
      } catch {
        // Whether it was saved is read below.
      }
      await sleep(LOOK_MS);
      open = (await this.#read(open)).filter((order) => !isDone(order)).map(({ Id }) => Id);
    }
  }

  async #read(ids: readonly string[]): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (let first = 0; first < ids.length; first += IDS_A_QUERY) {
      const list = ids.slice(first, first + IDS_A_QUERY).map((id) => `'${id}'`);
      const soql = `SELECT Id, Status, Approval_Sequence__c FROM Order WHERE Id IN (${list.join(", ")})`;
      rows.push(...(await this.#org.query(soql, row)));
    }
    return rows;
  }
}

/** The few spread evenly among the many. */
function woven<Item>(many: readonly Item[], few: readonly Item[]): readonly Item[] {
  const each = Math.max(1, Math.floor(many.length / Math.max(1, few.length)));
  const left = [...few];
  const mixed = many.flatMap((item, index) => {
    const other = index % each === each - 1 ? left.shift() : undefined;
    return other === undefined ? [item] : [item, other];
  });
  return [...mixed, ...left];
}
