import type { OrgCore, OrgRecord } from "../org-core.ts";
import { badge, formatAmount, formatCount } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";
import type { PageFrame } from "./page-frame.ts";
import { queryOf, renderPager, takePage } from "./paging.ts";
import { renderObjectTabs } from "./record-links.ts";

/** What the list is narrowed to. `status` is empty for all. */
export type OrderFilter = { readonly q: string; readonly status: string; readonly page: number };

/** Orders, the newest first, found by number, account or status. */
export function renderOrdersPage(core: OrgCore, frame: PageFrame, filter: OrderFilter): string {
  const found = [...core.all("Order")].toReversed().filter((order) => isFound(core, order, filter.q));
  const wanted = filter.status === "" ? found : found.filter((order) => order["Status"] === filter.status);
  const page = takePage(wanted, filter.page);
  const linkTo = (changes: Partial<OrderFilter>): string => `/${queryOf({ ...filter, page: 1, ...changes })}`;
  const content = html`${renderObjectTabs(core, "Order")}
    <div class="heading">
      <h1>Orders</h1>
      <span class="live" title="This page follows the org by itself">live</span>
      <form method="get" action="/" role="search" class="search">
        ${filter.status === "" ? null : html`<input type="hidden" name="status" value="${filter.status}" />`}
        <input
          type="search"
          name="q"
          value="${filter.q}"
          aria-label="Search orders"
          placeholder="Number, account or status"
        />
        <button>Search</button>
      </form>
    </div>
    <div id="orders" data-part>
      ${renderChips(found, filter, linkTo)}
      <section class="card flush">${renderOrders(core, page.items, filter)}</section>
      ${renderPager(page, (number) => linkTo({ page: number }))}
    </div>`;
  return renderPage({ title: "Orders", frame, section: "records", content, follows: ["record", "org"] });
}

function isFound(core: OrgCore, order: OrgRecord, q: string): boolean {
  const wanted = q.trim().toLowerCase();
  if (wanted === "") return true;
  const texts = [
    order["OrderNumber"],
    order["Name"],
    accountOf(core, order),
    order["Status"],
    order["Provisioning_Status__c"],
    order["Id"],
  ];
  return texts.some((text) => typeof text === "string" && text.toLowerCase().includes(wanted));
}

function accountOf(core: OrgCore, order: OrgRecord): string | null {
  const id = order["AccountId"];
  const name = typeof id === "string" ? core.get("Account", id)?.["Name"] : null;
  return typeof name === "string" ? name : null;
}

/** One chip for each status that some order has, with how many. */
function renderChips(
  orders: readonly OrgRecord[],
  filter: OrderFilter,
  linkTo: (changes: Partial<OrderFilter>) => string,
): Html {
  const counts = new Map<string, number>();
  for (const order of orders) {
    const status = String(order["Status"] ?? "");
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const chip = (label: string, status: string, count: number): Html =>
    html`<a href="${linkTo({ status })}" ${status === filter.status ? html` aria-current="true"` : null}
      >${label} <small>${formatCount(count)}</small></a
    >`;
  if (filter.status !== "" && !counts.has(filter.status)) counts.set(filter.status, 0);
  return html`<nav class="chips" aria-label="Filter by status">
    ${chip("All", "", orders.length)}
    ${[...counts].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([status, count]) => chip(status === "" ? "No status" : status, status, count))}
  </nav>`;
}

function renderOrders(core: OrgCore, orders: readonly OrgRecord[], filter: OrderFilter): Html {
  if (orders.length === 0) return renderNothing(filter);
  const isProvisioned = core.schema.objects.get("Order")?.fields.has("Provisioning_Status__c") ?? false;
  return html`<table class="stacking">
    <thead>
      <tr>
        <th scope="col">Order</th>
        <th scope="col">Account</th>
        <th scope="col">Status</th>
        ${
          isProvisioned
            ? html`<th scope="col">Provisioning</th>
                <th scope="col">Step</th>`
            : null
        }
        <th scope="col" class="number">Total</th>
      </tr>
    </thead>
    <tbody>
      ${orders.map((order) => renderOrderRow(core, order, isProvisioned))}
    </tbody>
  </table>`;
}

function renderOrderRow(core: OrgCore, order: OrgRecord, isProvisioned: boolean): Html {
  const step = String(order["Provisioning_Step__c"] ?? "");
  return html`<tr>
    <td><a href="/orders/${String(order["Id"])}">${String(order["OrderNumber"] ?? order["Id"])}</a></td>
    <td class="wide">${accountOf(core, order) ?? "–"}</td>
    <td>${badge(order["Status"])}</td>
    ${
      isProvisioned
        ? html`<td>${badge(order["Provisioning_Status__c"])}</td>
            <td class="muted${step === "" ? " void" : ""}">${step}</td>`
        : null
    }
    <td class="number">${formatAmount(order["TotalAmount"])}</td>
  </tr>`;
}

function renderNothing({ q, status }: OrderFilter): Html {
  return q === "" && status === ""
    ? html`<p class="empty">
        There are no orders. Make one over the REST API (<code>POST …/sobjects/Order</code>), or start the org
        with a seed file that holds some.
      </p>`
    : html`<p class="empty">No order fits. <a href="/">Show all orders</a></p>`;
}
