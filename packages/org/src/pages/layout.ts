import { formatMoment } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { ClockView, PageFrame, Section } from "./page-frame.ts";

export type Page = {
  readonly title: string;
  /** Null before sign-in. */
  readonly frame: PageFrame | null;
  readonly section?: Section;
  /**
   * Elements in it with `data-part` and an id are replaced in place when the org tells of one of the areas that the
   * page follows. Everything else stays, so forms stand outside of them. A page
   * with null follows nothing.
   */
  readonly content: Html;
  readonly follows?: readonly LiveArea[] | null;
  /** Fetches the live parts this often as well, for what the org does not tell. */
  readonly pollMs?: number;
};

/** What an open page can be told of. */
export type LiveArea = "record" | "event" | "stream" | "fault" | "clock" | "org";

/** A whole page. */
export function renderPage({ title, frame, section, content, follows = [], pollMs }: Page): string {
  const areas = follows === null || frame === null ? "" : ["fault", "clock", ...follows].join(" ");
  const poll = pollMs === undefined ? null : html` data-poll="${pollMs}"`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${frame?.orgName ?? "Org"}</title>
        <link rel="stylesheet" href="/org.css" />
        <link rel="icon" href="data:," />
        <script src="/org.js" defer></script>
      </head>
      <body${areas === "" ? null : html` data-follow="${areas}"${poll}`}>
        <a class="skip" href="#content">Skip to the content</a>
        ${frame === null ? renderPlainHeader() : renderHeader(frame, section)}
        <main id="content" tabindex="-1">${content}</main>
        <p id="announcement" class="unseen" role="status"></p>
      </body>
    </html>`.markup;
}

function renderPlainHeader(): Html {
  return html`<header class="top">
    <a href="/" class="brand"><span class="mark"></span>Org<small>emulated</small></a>
  </header>`;
}

function renderHeader(frame: PageFrame, section: Section | undefined): Html {
  const items = [
    { section: "records", ...frame.home },
    { section: "events", label: "Event monitor", path: "/events" },
    { section: "faults", label: "Faults", path: "/faults" },
    { section: "setup", label: "Setup", path: "/setup" },
  ];
  return html`<header class="top">
      <a href="/" class="brand"><span class="mark"></span>${frame.orgName}<small>emulated</small></a>
      <nav aria-label="Main">
        ${items.map(
          (item) =>
            html`<a href="${item.path}" ${item.section === section ? html` aria-current="page"` : null}
              >${item.label}</a
            >`,
        )}
      </nav>
      <div class="account">
        ${renderOrgClock(frame.clock)}
        <form method="post" action="/logout">
          <span>${frame.userName}</span><button class="quiet">Sign out</button>
        </form>
      </div>
    </header>
    <div id="banner" data-part>${renderBanner(frame)}</div>`;
}

function renderOrgClock({ nowMs, rate }: ClockView): Html {
  const iso = new Date(nowMs).toISOString();
  return html`<a
    href="/faults#clock"
    id="org-clock"
    class="clock"
    data-part
    data-now="${nowMs}"
    data-rate="${rate}"
    title="The org's own time, UTC"
    ><time datetime="${iso}">${formatMoment(nowMs)}</time></a
  >`;
}

function renderBanner({ armedFaults, clock }: PageFrame): Html | null {
  const remarks = [
    armedFaults === 0 ? null : armedFaults === 1 ? "One fault is armed." : `${armedFaults} faults are armed.`,
    describeClock(clock),
  ].filter((remark) => remark !== null);
  if (remarks.length === 0) return null;
  return html`<p class="banner" role="status">
    <strong>This org does not behave as usual.</strong> ${remarks.join(" ")} <a href="/faults">Look at it</a>
  </p>`;
}

function describeClock({ rate, isBesideRealTime }: ClockView): string | null {
  if (isBesideRealTime) return null;
  if (rate === 0) return "Its clock stands still.";
  return rate === 1 ? "Its clock is not at real time." : `Its clock runs at ×${rate}.`;
}
