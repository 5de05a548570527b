import type { OrgCore, OrgRecord } from "../org-core.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderEventList } from "./event-list.ts";
import { readNewestEvents } from "./newest-events.ts";

/** Older events are not searched: the page is fetched at every change. */
const searched = 500;

/** The events that speak of an order, the newest first. */
export function renderOrderEvents(core: OrgCore, order: OrgRecord): Html {
  const topics = core.bus.topics().flatMap(({ name, schemaId }) => (schemaId === "" ? [] : [name]));
  const events = readNewestEvents(core.bus, topics, searched).filter(({ payload }) =>
    speaksOf(payload, order["Id"]),
  );
  return html`<section class="card flush">
    <h2>Events</h2>
    ${
      events.length === 0
        ? html`<p class="empty">No event on the bus names this order yet. Approving it publishes one.</p>`
        : renderEventList(core, events)
    }
  </section>`;
}

function speaksOf(payload: unknown, id: unknown): boolean {
  return typeof payload === "object" && payload !== null && Object.values(payload).includes(id);
}
