import type { RevisionState } from "../../orders/revision-state.ts";
import type { IntakeView } from "../intake-view.ts";
import type { OrderRow } from "../../store/order-list.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { moment } from "./layout.ts";
import { stateWords } from "./words.ts";

/** States in the order of the data's way, then those that ask for somebody. */
const tiles: readonly RevisionState[] = [
  "queued",
  "running",
  "waiting",
  "customer",
  "held",
  "completed",
  "cancelled",
  "failed",
];

export type OrdersPage = {
  readonly orders: readonly OrderRow[];
  readonly counts: Readonly<Partial<Record<RevisionState, number>>>;
  readonly state: RevisionState | undefined;
  readonly intake: IntakeView;
};

/** The live list of orders. */
export function ordersPage(page: OrdersPage): Html {
  return html`${intakeLine(page.intake)}
    <nav class="tiles" aria-label="Orders by state">
      ${tiles.map((state) => tile(state, page.counts[state] ?? 0, page.state))}
    </nav>
    ${page.orders.length === 0 ? nothingYet(page) : table(page.orders)}`;
}

function intakeLine(intake: IntakeView): Html {
  const reason = intake.reason === null ? "" : ` · ${intake.reason}`;
  return html`<p class="intake ${intake.state}">
    <b>Intake ${intake.state.replace("_", " ")}</b> · ${intake.received} events since start · last
    ${moment(intake.lastEventAt)}${reason}
  </p>`;
}

function tile(state: RevisionState, count: number, chosen: RevisionState | undefined): Html {
  const href = chosen === state ? "/" : `/?state=${state}`;
  return html`<a class="tile ${state}" href="${href}" ${chosen === state ? html`aria-current="true"` : ""}>
    <b data-count="${state}">${count}</b><span>${stateWords[state]}</span>
  </a>`;
}

function nothingYet(page: OrdersPage): Html {
  const text =
    page.state === undefined
      ? "No order yet. Approve one in Salesforce; it appears here within a second."
      : `No order is ${stateWords[page.state].toLowerCase()}.`;
  return html`<p class="empty">${text}</p>`;
}

function table(orders: readonly OrderRow[]): Html {
  return html`<table class="orders">
    <thead>
      <tr>
        <th>Order</th>
        <th>State</th>
        <th>Progress</th>
        <th>In Salesforce</th>
        <th>Received</th>
        <th>Changed</th>
      </tr>
    </thead>
    <tbody>
      ${orders.map((order) => row(order))}
    </tbody>
  </table>`;
}

function row(order: OrderRow): Html {
  return html`<tr data-order="${order.orderId}">
    <td>
      <a href="/orders/${order.orderId}">${order.orderNumber ?? order.orderId}</a>
      <small>${order.accountName}</small>
    </td>
    <td><span class="state ${order.state}" data-state="${order.state}">${stateWords[order.state]}</span></td>
    <td>${progress(order)}</td>
    <td data-salesforce="${order.salesforceStatus}">
      ${order.salesforceStatus ?? html`<span class="none">not yet written</span>`}
    </td>
    <td>${moment(order.receivedAt)}</td>
    <td>${moment(order.updatedAt)}</td>
  </tr>`;
}

function progress(order: OrderRow): Html {
  if (order.errorCode !== null) {
    return html`<b class="code">${order.errorCode}</b><small>${order.errorMessage}</small>`;
  }
  if (order.stepsTotal === 0) return html`<small>${order.step}</small>`;
  return html`<progress max="${order.stepsTotal}" value="${order.stepsDone}"></progress>
    <small>${order.stepsDone} of ${order.stepsTotal}${order.step === null ? "" : ` · ${order.step}`}</small>`;
}
