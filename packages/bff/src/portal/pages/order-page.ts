import type { OrderDetail, RevisionDetail, StepDetail } from "../../store/order-detail.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { moment } from "./layout.ts";
import { sayEntry, stateWords } from "./words.ts";

const activationWords: Readonly<Record<string, string>> = {
  none: "not yet",
  wanted: "on its way",
  done: "yes",
  refused: "refused by Salesforce",
};

/** One order: where it stands, its steps with keys and answers, its events, and all that happened. */
export function orderPage(order: OrderDetail): Html {
  const working = order.revisions.findLast((revision) => revision.state !== "absorbed");
  return html`<h1>
      Order ${order.orderNumber ?? order.orderId}
      <span class="state ${order.state}" data-state="${order.state}">${stateWords[order.state]}</span>
    </h1>
    <dl class="facts">
      <dt>Salesforce shows</dt>
      <dd>
        ${order.salesforce.status ?? "nothing yet"}${order.salesforce.behind ? " (a newer state is on its way)" : ""}
      </dd>
      <dt>Order activated</dt>
      <dd>${activationWords[order.salesforce.activation]}</dd>
      <dt>Record</dt>
      <dd><code>${order.orderId}</code></dd>
      ${working === undefined ? "" : customer(working)}
    </dl>
    ${working === undefined ? "" : problem(working)} ${working === undefined ? "" : steps(working.steps)}
    <h2>What happened</h2>
    <ol class="timeline">
      ${order.timeline
        .toReversed()
        .map(
          (entry) =>
            html`<li class="entry-${entry.kind}">
              ${moment(entry.at)} <span>${sayEntry(entry.kind, entry.detail)}</span>
            </li>`,
        )}
    </ol>
    <h2>Events</h2>
    <table>
      <thead>
        <tr>
          <th>Request</th>
          <th>Event</th>
          <th>Replay id</th>
          <th>Became</th>
          <th>Deliveries</th>
          <th>Received</th>
        </tr>
      </thead>
      <tbody>
        ${order.events.map(
          (event) =>
            html`<tr>
              <td><code>${event.requestKey}</code></td>
              <td><code>${event.eventId}</code></td>
              <td><code>${event.replayId ?? ""}</code></td>
              <td>${event.disposition}</td>
              <td>${event.deliveries}</td>
              <td>${moment(event.receivedAt)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function customer(revision: RevisionDetail): Html {
  if (revision.order === null) return html``;
  return html`<dt>Account</dt>
    <dd>${revision.order.accountName}</dd>
    <dt>Total</dt>
    <dd>${revision.order.totalAmount.toFixed(2)}</dd>
    <dt>Lines</dt>
    <dd>${revision.order.lines.map((line) => `${line.quantity} × ${line.productName}`).join(", ")}</dd>`;
}

function problem(revision: RevisionDetail): Html {
  if (revision.errorCode === null) return html``;
  return html`<p class="problem"><b>${revision.errorCode}</b> ${revision.errorMessage}</p>`;
}

function steps(list: readonly StepDetail[]): Html {
  return html`<h2>Steps</h2>
    <table class="steps">
      <thead>
        <tr>
          <th>Step</th>
          <th>State</th>
          <th>Attempt</th>
          <th>Answer</th>
          <th>Effect key</th>
          <th>Finished</th>
        </tr>
      </thead>
      <tbody>
        ${list.map(
          (step) =>
            html`<tr>
              <td>${step.label} <small>${step.module}</small></td>
              <td><span class="state step-${step.state}">${step.state}</span></td>
              <td>${step.attempt}</td>
              <td>${step.reference ?? step.errorSummary}</td>
              <td><code>${step.effectKey?.slice(0, 12)}</code></td>
              <td>${moment(step.finishedAt)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}
