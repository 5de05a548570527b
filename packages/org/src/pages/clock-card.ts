import { formatMoment } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { ClockView } from "./page-frame.ts";

const steps = [
  ["+1 min", 60_000],
  ["+1 h", 3_600_000],
  ["+24 h", 86_400_000],
  ["+72 h", 259_200_000],
] as const;

const rates = [
  ["Stop", 0],
  ["Run", 1],
  ["×60", 60],
] as const;

/** The org's time and what moves it. `view` stands in a live part of its own, the form to set it does not. */
export function renderClockCard(clock: ClockView, problem: string | null): Html {
  return html`<section class="card" id="clock">
    <h2>Clock</h2>
    ${problem === null ? null : html`<p class="notice red" role="alert">${problem}</p>`}
    <div id="clock-state" data-part>
      <p class="now">
        <span data-now="${clock.nowMs}" data-rate="${clock.rate}">${formatMoment(clock.nowMs)}</span>
        ${describe(clock)}
      </p>
      <div class="buttons" role="group" aria-label="Rate">
        ${rates.map(([label, rate]) => button("/clock/rate", "rate", rate, label, rate === clock.rate))}
      </div>
    </div>
    <div class="buttons" role="group" aria-label="Move on">
      ${steps.map(([label, forMs]) => button("/clock/advance", "forMs", forMs, label, false))}
    </div>
    <form method="post" action="/clock/restart" class="buttons">
      <button class="plain">Back to real time</button>
    </form>
    <form method="post" action="/clock/set" class="row">
      <label
        >Move on to (UTC)<input
          type="datetime-local"
          name="at"
          step="1"
          value="${new Date(clock.nowMs).toISOString().slice(0, 19)}"
      /></label>
      <button>Set</button>
    </form>
    <p class="hint">
      Records, flows, retention, keepalives and allocations follow this clock, and it goes back to real time
      only. Sign-in follows real time. Events are kept for 72 h.
    </p>
  </section>`;
}

function describe({ rate, isBesideRealTime }: ClockView): Html {
  if (isBesideRealTime) return html`<span class="badge green">real time</span>`;
  if (rate === 0) return html`<span class="badge red">stopped</span>`;
  return rate === 1
    ? html`<span class="badge amber">moved</span>`
    : html`<span class="badge amber">×${rate}</span>`;
}

function button(action: string, name: string, value: number, label: string, isPressed: boolean): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="${name}" value="${value}" />
    <button class="plain" aria-pressed="${isPressed ? "true" : "false"}">${label}</button>
  </form>`;
}
