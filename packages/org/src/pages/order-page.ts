import type { FieldDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { badge, formatAmount, formatValue } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";

/** Statuses in which a button would do nothing or be refused. */
const notApprovable: ReadonlySet<unknown> = new Set(["Approved", "Activated"]);
const notCancellable: ReadonlySet<unknown> = new Set(["Cancelled", "Activated"]);
const readingOrder = [
  "Status",
  "Step",
  "Error_Code",
  "Error_Message",
  "Started_At",
  "Updated_At",
  "Completed_At",
];
const stages = ["Acknowledged", "In Progress", "Completed"];

/** One Order with its lines, every provisioning field, and what an operator can do with it. */
export function renderOrderPage(
  core: OrgCore,
  order: OrgRecord,
  userName: string,
  problem: string | null,
): string {
  const id = String(order["Id"]);
  const number = String(order["OrderNumber"] ?? id);
  const account = lookUp(core, "Account", order["AccountId"]);
  return renderPage(
    `Order ${number}`,
    userName,
    html`<p class="crumb"><a href="/">Orders</a></p>
      <div class="heading">
        <h1>Order ${number}</h1>
        ${badge(order["Status"])} ${badge(order["Provisioning_Status__c"])}
        <span class="live" title="This page follows the org by itself">live</span>
        <span class="actions">
          ${actionButton(id, "approve", "Approve", "primary", notApprovable.has(order["Status"]))}
          ${actionButton(id, "cancel", "Cancel order", "danger", notCancellable.has(order["Status"]))}
        </span>
      </div>
      ${problem === null ? null : html`<p class="notice red" role="alert">${problem}</p>`}
      ${renderStages(order)}
      <div class="columns">
        <section class="card">
          <h2>Order</h2>
          <dl>
            <dt>Account</dt>
            <dd>${String(account?.["Name"] ?? "–")}</dd>
            <dt>Start date</dt>
            <dd>${String(order["EffectiveDate"] ?? "–")}</dd>
            <dt>Total</dt>
            <dd>${formatAmount(order["TotalAmount"])}</dd>
            <dt>Record id</dt>
            <dd><code>${id}</code></dd>
            ${renderFields(core, order, (field) => !isProvisioningField(field))}
          </dl>
        </section>
        <section class="card">
          <h2>Provisioning</h2>
          <dl>${renderFields(core, order, isProvisioningField)}</dl>
        </section>
      </div>
      ${renderLines(core, id)}`,
  );
}

function isProvisioningField(field: FieldDefinition): boolean {
  return field.name.startsWith("Provisioning_");
}

/** The custom fields, as the metadata declares them; what is read first comes first. */
function renderFields(
  core: OrgCore,
  order: OrgRecord,
  isWanted: (field: FieldDefinition) => boolean,
): readonly Html[] {
  const fields = [...(core.schema.objects.get("Order")?.fields.values() ?? [])];
  return fields
    .filter((field) => field.name.endsWith("__c") && isWanted(field))
    .toSorted((left, right) => rankOf(left) - rankOf(right))
    .map(
      (field) =>
        html`<dt>${field.label.replace(/^Provisioning /, "")}</dt>
          <dd data-field="${field.name}">${formatValue(field, order[field.name] ?? null)}</dd>`,
    );
}

function rankOf(field: FieldDefinition): number {
  const rank = readingOrder.indexOf(field.name.replace(/^Provisioning_/, "").replace(/__c$/, ""));
  return rank < 0 ? readingOrder.length : rank;
}

/** How far the customer's service is, for the states that form a way. */
function renderStages(order: OrgRecord): Html | null {
  const reached = stages.indexOf(String(order["Provisioning_Status__c"]));
  if (reached < 0) return null;
  return html`<ol class="stages">
    ${stages.map((stage, index) => html`<li class="${index <= reached ? "reached" : "ahead"}">${stage}</li>`)}
  </ol>`;
}

function renderLines(core: OrgCore, orderId: string): Html {
  const lines = [...core.all("OrderItem")].filter((line) => line["OrderId"] === orderId);
  const rows = lines.map((line) => {
    const entry = lookUp(core, "PricebookEntry", line["PricebookEntryId"]);
    const product = lookUp(core, "Product2", line["Product2Id"] ?? entry?.["Product2Id"]);
    return html`<tr>
      <td>${String(product?.["Name"] ?? "–")}</td>
      <td><code>${String(product?.["ProductCode"] ?? "–")}</code></td>
      <td class="number">${String(line["Quantity"] ?? "–")}</td>
      <td class="number">${formatAmount(line["UnitPrice"])}</td>
      <td class="number">${formatAmount(line["TotalPrice"])}</td>
    </tr>`;
  });
  return html`<section class="card flush">
    <h2>Lines</h2>
    <table>
      <thead>
        <tr>
          <th>Product</th>
          <th>Code</th>
          <th class="number">Quantity</th>
          <th class="number">Unit price</th>
          <th class="number">Total</th>
        </tr>
      </thead>
      <tbody>
        ${
          rows.length === 0
            ? html`<tr>
                <td colspan="5" class="muted">This order has no lines.</td>
              </tr>`
            : rows
        }
      </tbody>
    </table>
  </section>`;
}

function actionButton(id: string, action: string, label: string, look: string, isOff: boolean): Html {
  return html`<form method="post" action="/orders/${id}/${action}">
    <button class="${look}" ${isOff ? html` disabled` : null}>${label}</button>
  </form>`;
}

function lookUp(core: OrgCore, objectName: string, id: unknown): OrgRecord | undefined {
  return typeof id === "string" ? core.get(objectName, id) : undefined;
}
