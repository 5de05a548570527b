import type { OrgCore } from "../org-core.ts";
import { formatMoment } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { PlacedEvent } from "./newest-events.ts";

/** Events as rows that open to their payload. */
export function renderEventList(core: OrgCore, events: readonly PlacedEvent[]): Html {
  return html`<ol class="events">
    ${events.map((event) => renderEvent(core, event))}
  </ol>`;
}

function renderEvent(core: OrgCore, event: PlacedEvent): Html {
  const { topic, eventId, replayId, position, schemaId, publishedAt } = event;
  return html`<li>
    <details id="event-${replayId}">
      <summary>
        <time datetime="${publishedAt}">${publishedAt.slice(11, 23)}</time>
        <span class="topic">${topic}</span>
        <code title="Event id">${eventId}</code>
        <code class="muted" title="The number in the replay id">#${position}</code>
      </summary>
      <div class="payload">
        <dl class="tight">
          <dt>Published</dt>
          <dd>${publishedAt.replace("T", " ").replace("Z", " UTC")}</dd>
          <dt>Replay id</dt>
          <dd><code>${replayId}</code> <span class="muted">number ${position}</span></dd>
          <dt>Schema id</dt>
          <dd><code>${schemaId}</code></dd>
        </dl>
        ${renderPayload(core, event)}
      </div>
    </details>
  </li>`;
}

function renderPayload(core: OrgCore, { topic, payload }: PlacedEvent): Html {
  if (typeof payload !== "object" || payload === null) {
    return html`<p class="notice red">The payload does not follow its schema, so it cannot be read.</p>`;
  }
  const known = core.schema.objects.get(topic.replace(/^\/event\//, ""))?.fields;
  const rows = Object.entries<unknown>({ ...payload }).map(([name, value]) => {
    const isTime = name === "CreatedDate" || known?.get(name)?.type === "datetime";
    return html`<tr>
      <th scope="row">${name}</th>
      <td>${renderPayloadValue(value, isTime)}</td>
    </tr>`;
  });
  return html`<table class="fields">
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function renderPayloadValue(value: unknown, isTime: boolean): Html {
  if (value === null) return html`<span class="muted">null</span>`;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // A time outside the range of dates stays the number that it is.
  if (!isTime || typeof value !== "number" || Math.abs(value) > 8.64e15) return html`<code>${text}</code>`;
  return html`<code>${text}</code> <span class="muted">${formatMoment(value)}</span>`;
}
