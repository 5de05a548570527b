import { faultKinds } from "../faults/fault-kinds.ts";
import type { FaultKind, FaultPoint } from "../faults/fault-kinds.ts";
import type { ArmedFault } from "../faults/fault-registry.ts";
import type { LogEntry } from "../log/org-log.ts";
import { renderClockCard } from "./clock-card.ts";
import { renderFaultCard } from "./fault-card.ts";
import type { FaultChoices, RefusedFault } from "./fault-card.ts";
import { describeMatch, describeSchedule, pointTitles, titleOf } from "./fault-words.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";
import type { PageFrame } from "./page-frame.ts";

const points: readonly FaultPoint[] = ["stream", "bus", "save", "request"];

export type FaultsView = {
  readonly armed: readonly ArmedFault[];
  /** The newest first. */
  readonly entries: readonly LogEntry[];
  readonly choices: FaultChoices;
  readonly refused: RefusedFault | null;
  readonly clockProblem: string | null;
  /** How many open streams the last form hit at once; null when it hit none by design. */
  readonly struck: number | null;
};

/** What can go wrong in this org, what is armed, and its clock. */
export function renderFaultsPage(frame: PageFrame, view: FaultsView): string {
  const kinds = Object.keys(faultKinds) as readonly FaultKind[];
  const content = html`<div class="heading"><h1>Faults and time</h1></div>
    ${view.struck === null ? null : html`<p class="notice green" role="status">${describeStruck(view.struck)}</p>`}
    <div id="armed" data-part>${renderArmed(view.armed)}</div>
    <div class="columns wide-left">
      <div>
        ${points.map((point) => {
          const own = kinds.filter((kind) => faultKinds[kind].point === point);
          return html`<section class="card" aria-labelledby="point-${point}">
            <h2 id="point-${point}">${pointTitles[point].title}</h2>
            <p class="muted">${pointTitles[point].text}</p>
            <ul class="faults">
              ${own.map((kind) => renderFaultCard(kind, view.choices, view.refused))}
            </ul>
          </section>`;
        })}
      </div>
      <div class="beside">
        ${renderClockCard(frame.clock, view.clockProblem)}
        <section class="card">
          <h2>What happened</h2>
          <div id="fault-log" data-part>${renderLog(view.entries)}</div>
        </section>
      </div>
    </div>`;
  return renderPage({ title: "Faults", frame, section: "faults", content });
}

function describeStruck(count: number): string {
  if (count === 0) return "No open stream fitted, so nothing was hit.";
  return count === 1 ? "One open stream was hit." : `${count} open streams were hit.`;
}

function renderArmed(armed: readonly ArmedFault[]): Html {
  if (armed.length === 0) {
    return html`<section class="card quiet-card">
      <h2>Armed</h2>
      <p class="muted">
        Nothing is armed: the org behaves as it should. Arm a fault below to see what yours does.
      </p>
    </section>`;
  }
  return html`<section class="card alert">
    <div class="heading">
      <h2>Armed</h2>
      <form method="post" action="/faults/disarm-all" class="actions">
        <button id="disarm-all" class="danger">Disarm all</button>
      </form>
    </div>
    <ul class="armed">
      ${armed.map(renderArmedFault)}
    </ul>
  </section>`;
}

function renderArmedFault({ id, kind, schedule, match, options, hits }: ArmedFault): Html {
  const details = [
    describeSchedule(schedule, hits),
    describeMatch(match),
    ...Object.entries(options).map(([name, value]) => `${name} ${String(value)}`),
  ].filter((detail) => detail !== "");
  return html`<li>
    <div>
      <strong>${titleOf(kind)}</strong>
      <span class="muted">${details.join(" · ")}</span>
    </div>
    <span class="hits">${hits === 1 ? "1 hit" : `${hits} hits`}</span>
    <form method="post" action="/faults/disarm">
      <input type="hidden" name="id" value="${id}" />
      <button id="disarm-${id}" class="plain" aria-label="Disarm: ${titleOf(kind)}">Disarm</button>
    </form>
  </li>`;
}

function renderLog(entries: readonly LogEntry[]): Html {
  if (entries.length === 0) return html`<p class="muted">No fault was armed since the org started.</p>`;
  return html`<ol class="log">
    ${entries.map(
      ({ at, kind, detail }) =>
        html`<li>
          <time datetime="${at}">${at.slice(11, 19)}</time>
          <span
            ><strong class="${kind === "fault:fired" ? "fired" : ""}">${verbOf(kind)}</strong>
            ${aboutOf(detail)}</span
          >
        </li>`,
    )}
  </ol>`;
}

function verbOf(kind: LogEntry["kind"]): string {
  return kind.slice(kind.indexOf(":") + 1);
}

function aboutOf(detail: LogEntry["detail"]): string {
  const { fault, id: _id, hits: _hits, ...rest } = detail;
  const more = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
  return [typeof fault === "string" ? fault : "clock", ...more].join(", ");
}
