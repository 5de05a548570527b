import type { OrgCore } from "../org-core.ts";
import type { LiveStream } from "../pubsub-server/live-streams.ts";
import { formatCount } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

/** A FetchRequest asks for at most so many, so no stream has more credit. */
const maxCredit = 100;

/** The open streams, each with the events that it still asks for. */
export function renderSubscribers(core: OrgCore, streams: readonly LiveStream[]): Html {
  if (streams.length === 0) {
    return html`<p class="muted">
      Nobody is connected. Start a subscriber with the Pub/Sub endpoint of this org, and it appears here with
      its credit.
    </p>`;
  }
  return html`<ul class="subscribers">
    ${streams.map((stream) => renderSubscriber(core, stream))}
  </ul>`;
}

function renderSubscriber(core: OrgCore, stream: LiveStream): Html {
  const { rpc, rpcId, userId, topic, peer, traceId, delivered } = stream;
  return html`<li>
    <div class="who">
      <strong>${rpc}</strong> <span>${String(core.get("User", userId)?.["Name"] ?? userId)}</span>
    </div>
    <code class="topic">${topic ?? "no topic yet"}</code>
    ${rpc === "PublishStream" ? null : renderCredit(stream)}
    <dl class="tight">
      <dt>Delivered</dt>
      <dd>${formatCount(delivered)}</dd>
      ${openedAt(stream)}
      <dt>From</dt>
      <dd><code>${peer}</code></dd>
      <dt>Call</dt>
      <dd><code>${rpcId}</code></dd>
      ${
        traceId === null
          ? null
          : html`<dt>Trace id</dt>
              <dd><code>${traceId}</code></dd>`
      }
    </dl>
  </li>`;
}

function renderCredit({ credit }: LiveStream): Html {
  return html`<div class="credit">
      <span>Credit</span>
      <meter
        min="0"
        max="${maxCredit}"
        low="20"
        optimum="${maxCredit}"
        value="${credit}"
        aria-label="Credit"
      ></meter>
      <strong>${credit}</strong>
    </div>
    ${
      credit === 0
        ? html`<p class="notice amber">
            No credit: nothing is delivered, no keepalive either, and the stream is closed with status OK
            unless the client asks for more within 60 s.
          </p>`
        : null
    }`;
}

/** When the stream opened, where the server tells it. */
function openedAt(stream: LiveStream): Html | null {
  if (!("openedAt" in stream) || typeof stream.openedAt !== "string") return null;
  return html`<dt>Since</dt>
    <dd>${stream.openedAt.replace("T", " ").replace("Z", " UTC")}</dd>`;
}
