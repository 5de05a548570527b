import type { Allocation } from "../bus/allocation.ts";
import type { OrgCore } from "../org-core.ts";
import type { LiveStream } from "../pubsub-server/live-streams.ts";
import { renderEventList } from "./event-list.ts";
import { formatCount } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";
import type { PageFrame } from "./page-frame.ts";
import type { PlacedEvent } from "./newest-events.ts";
import { queryOf } from "./paging.ts";
import { renderSubscribers } from "./subscribers.ts";
import type { TopicCount } from "./topic-tally.ts";

/** Credit changes without a word of the org, so the page looks by itself as well. */
const pollMs = 2_000;

export type EventMonitor = {
  readonly core: OrgCore;
  /** Null for all topics. */
  readonly topic: string | null;
  readonly events: readonly PlacedEvent[];
  readonly topics: readonly TopicCount[];
  readonly streams: readonly LiveStream[];
};

/** What goes over the bus, who listens and with how much credit, and what that costs. */
export function renderEventsPage(frame: PageFrame, monitor: EventMonitor): string {
  const { core, topics } = monitor;
  const [newest] = monitor.events;
  const announcement = newest === undefined ? "" : `Newest event ${newest.eventId} on ${newest.topic}`;
  const content = html`<div class="heading">
      <h1>Event monitor</h1>
      <span class="live" title="This page follows the bus by itself">live</span>
      <span class="actions">
        <button type="button" class="plain" data-pause hidden>Pause</button>
        ${publishable(core).length === 0 ? null : html`<a class="button" href="/events/publish">Publish an event</a>`}
      </span>
    </div>
    <div class="monitor">
      <div class="stream">
        <div id="events" data-part data-pausable data-announce="${announcement}">
          ${renderTopicChips(monitor)}
          <section class="card flush" aria-label="Events, the newest first">${renderEvents(monitor)}</section>
        </div>
      </div>
      <div class="beside" id="beside" data-part>
        <section class="card">
          <h2>Subscribers</h2>
          ${renderSubscribers(core, monitor.streams)}
        </section>
        <section class="card">
          <h2>Allocations</h2>
          ${renderAllocation("Delivered in 24 hours", core.allocations.deliveries)}
          ${renderAllocation("Published in an hour", core.allocations.publishes)}
          <p class="hint">Each subscriber's deliveries count by themselves.</p>
        </section>
        <section class="card">
          <h2>Topics</h2>
          ${topics.map(renderTopic)}
          ${topics.length === 0 ? html`<p class="muted">The metadata defines no platform event.</p>` : null}
        </section>
      </div>
    </div>`;
  return renderPage({
    title: "Event monitor",
    frame,
    section: "events",
    content,
    follows: ["event", "stream", "org"],
    pollMs,
  });
}

/** The platform events of the metadata. */
export function publishable(core: OrgCore) {
  return [...core.schema.objects.values()].filter(({ kind }) => kind === "event");
}

function renderTopicChips({ topic, topics }: EventMonitor): Html | null {
  if (topics.length < 2 && topic === null) return null;
  const chip = (label: string, value: string, count: number): Html =>
    html`<a
      href="/events${queryOf({ topic: value })}"
      ${value === (topic ?? "") ? html` aria-current="true"` : null}
      >${label} <small>${formatCount(count)}</small></a
    >`;
  const all = topics.reduce((sum, { retained }) => sum + retained, 0);
  return html`<nav class="chips" aria-label="Filter by topic">
    ${chip("All topics", "", all)} ${topics.map(({ name, retained }) => chip(name, name, retained))}
  </nav>`;
}

function renderEvents({ core, events, topic }: EventMonitor): Html {
  if (events.length > 0) return renderEventList(core, events);
  return topic === null
    ? html`<p class="empty">
        Nothing was published yet. Approve an order, or publish an event by hand, and it appears here.
      </p>`
    : html`<p class="empty">This topic has no events. <a href="/events">Show all topics</a></p>`;
}

function renderAllocation(label: string, allocation: Allocation): Html {
  const { max } = allocation;
  const used = allocation.total();
  return html`<div class="allocation">
    <span>${label}</span
    ><strong>${formatCount(used)} <span class="muted">of ${formatCount(max)}</span></strong>
    <meter min="0" max="${max}" high="${max * 0.8}" value="${used}" aria-label="${label}"></meter>
  </div>`;
}

function renderTopic({ name, schemaId, retained, lastHour }: TopicCount): Html {
  return html`<dl class="tight topic-card">
    <dt>Topic</dt>
    <dd><code>${name}</code></dd>
    <dt>Schema id</dt>
    <dd>${schemaId === "" ? "a channel: events of several kinds" : html`<code>${schemaId}</code>`}</dd>
    <dt>Events</dt>
    <dd>${formatCount(retained)} kept, ${formatCount(lastHour)} in the last hour</dd>
  </dl>`;
}
