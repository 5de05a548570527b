import type { FieldDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { badge, formatAmount, formatValue } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";
import { renderOrderEvents } from "./order-events.ts";
import type { PageFrame } from "./page-frame.ts";
import { renderObjectTabs, renderValue } from "./record-links.ts";

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
/** Standard fields that stand in the card of the order, the empty ones left out. */
const standardFields = ["EndDate", "Name", "PoNumber", "Type", "Description", "OwnerId", "LastModifiedDate"];

export type OrderView = {
  readonly core: OrgCore;
  readonly order: OrgRecord;
  /** What the org refused, in its own words. */
  readonly problem: string | null;
};

/** One Order with its lines, its events, every provisioning field, and what an operator can do with it. */
export function renderOrderPage(frame: PageFrame, view: OrderView): string {
  const { core, order, problem } = view;
  const number = String(order["OrderNumber"] ?? order["Id"]);
  const provisioning = renderFields(core, order, isProvisioningField);
  const content = html`${renderObjectTabs(core, "Order")}
    <div id="order" data-part>
      <p class="crumb"><a href="/">Orders</a></p>
      <div class="heading">
        <h1>Order ${number}</h1>
        ${badge(order["Status"])} ${provisioning.length === 0 ? null : badge(order["Provisioning_Status__c"])}
        <span class="live" title="This page follows the org by itself">live</span>
        ${renderActions(view)}
      </div>
      ${problem === null ? null : html`<p class="notice red" role="alert">${problem}</p>`}
      ${renderStages(order)}
      <div class="columns">
        <section class="card">
          <h2>Order</h2>
          ${renderOrderFields(core, order)}
        </section>
        ${
          provisioning.length === 0
            ? null
            : html`<section class="card">
                <h2>Provisioning</h2>
                <dl>${provisioning}</dl>
              </section>`
        }
      </div>
      ${renderLines(core, String(order["Id"]))} ${renderOrderEvents(core, order)}
    </div>`;
  const title = `Order ${number}`;
  return renderPage({ title, frame, section: "records", content, follows: ["record", "event", "org"] });
}

function renderActions({ order }: OrderView): Html {
  const id = String(order["Id"]);
  return html`<span class="actions">
    ${actionButton(id, "approve", "Approve", "primary", notApprovable.has(order["Status"]))}
    <a class="button" href="/records/Order/${id}/edit">Edit</a>
    ${actionButton(id, "clone", "Clone", "plain", false)}
    ${actionButton(id, "cancel", "Cancel order", "danger", notCancellable.has(order["Status"]))}
  </span>`;
}

function actionButton(id: string, action: string, label: string, look: string, isOff: boolean): Html {
  return html`<form method="post" action="/orders/${id}/${action}">
    <button class="${look}" ${isOff ? html` disabled` : null}>${label}</button>
  </form>`;
}

function renderOrderFields(core: OrgCore, order: OrgRecord): Html {
  const fields = core.schema.objects.get("Order")?.fields;
  const show = (name: string): Html => {
    const field = fields?.get(name);
    return field === undefined ? html`–` : renderValue(core, field, order[name] ?? null);
  };
  return html`<dl>
    <dt>Account</dt>
    <dd>${show("AccountId")}</dd>
    <dt>Start date</dt>
    <dd>${String(order["EffectiveDate"] ?? "–")}</dd>
    <dt>Total</dt>
    <dd>${formatAmount(order["TotalAmount"])}</dd>
    <dt>Record id</dt>
    <dd><code>${String(order["Id"])}</code></dd>
    ${renderFields(core, order, (field) => !isProvisioningField(field))}
    ${standardFields
      .filter((name) => (order[name] ?? null) !== null)
      .map(
        (name) =>
          html`<dt>${fields?.get(name)?.label ?? name}</dt>
            <dd>${show(name)}</dd>`,
      )}
  </dl>`;
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
  if (lines.length === 0) {
    return html`<section class="card flush">
      <h2>Lines</h2>
      <p class="empty">This order has no lines.</p>
    </section>`;
  }
  const rows = lines.map((line) => {
    const entry = lookUp(core, "PricebookEntry", line["PricebookEntryId"]);
    const product = lookUp(core, "Product2", line["Product2Id"] ?? entry?.["Product2Id"]);
    return html`<tr>
      <td class="wide">
        <a href="/records/OrderItem/${String(line["Id"])}">${String(product?.["Name"] ?? line["Id"])}</a>
      </td>
      <td><code>${String(product?.["ProductCode"] ?? "–")}</code></td>
      <td class="number" data-label="Quantity">${String(line["Quantity"] ?? "–")}</td>
      <td class="number" data-label="Unit price">${formatAmount(line["UnitPrice"])}</td>
      <td class="number" data-label="Total">${formatAmount(line["TotalPrice"])}</td>
    </tr>`;
  });
  return html`<section class="card flush">
    <h2>Lines</h2>
    <table class="stacking">
      <thead>
        <tr>
          <th scope="col">Product</th>
          <th scope="col">Code</th>
          <th scope="col" class="number">Quantity</th>
          <th scope="col" class="number">Unit price</th>
          <th scope="col" class="number">Total</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </section>`;
}

function lookUp(core: OrgCore, objectName: string, id: unknown): OrgRecord | undefined {
  return typeof id === "string" ? core.get(objectName, id) : undefined;
}
