import type { OrgCore, OrgRecord } from "../org-core.ts";
import { badge, formatAmount } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";

const maxRows = 200;

/** All Orders, the newest first. */
export function renderOrdersPage(core: OrgCore, userName: string): string {
  const orders = [...core.all("Order")].reverse();
  const rows = orders.slice(0, maxRows).map((order) => renderOrderRow(core, order));
  const shown = orders.length > maxRows ? `the newest ${maxRows} of ${orders.length}` : String(orders.length);
  return renderPage(
    "Orders",
    userName,
    html`<div class="heading">
        <h1>Orders</h1>
        <span class="muted">${shown}</span>
        <span class="live" title="This page follows the org by itself">live</span>
      </div>
      <section class="card flush">
        <table>
          <thead>
            <tr>
              <th>Order</th>
              <th>Account</th>
              <th>Status</th>
              <th>Provisioning</th>
              <th>Step</th>
              <th class="number">Total</th>
            </tr>
          </thead>
          <tbody>
            ${
              rows.length === 0
                ? html`<tr>
                    <td colspan="6" class="muted">There are no orders.</td>
                  </tr>`
                : rows
            }
          </tbody>
        </table>
      </section>`,
  );
}

function renderOrderRow(core: OrgCore, order: OrgRecord): Html {
  const accountId = order["AccountId"];
  const account = typeof accountId === "string" ? core.get("Account", accountId) : undefined;
  return html`<tr>
    <td><a href="/orders/${String(order["Id"])}">${String(order["OrderNumber"] ?? order["Id"])}</a></td>
    <td>${String(account?.["Name"] ?? "–")}</td>
    <td>${badge(order["Status"])}</td>
    <td>${badge(order["Provisioning_Status__c"])}</td>
    <td class="muted">${String(order["Provisioning_Step__c"] ?? "")}</td>
    <td class="number">${formatAmount(order["TotalAmount"])}</td>
  </tr>`;
}
