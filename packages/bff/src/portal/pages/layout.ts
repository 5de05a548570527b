import type { Html } from "./html.ts";
import { html } from "./html.ts";

/** A whole page. `fragment` is the address whose answer replaces `#live` when something changes. */
export function layout(title: string, fragment: string, stream: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Sluice</title>
        <link rel="stylesheet" href="/assets/portal.css" />
        <script type="module" src="/assets/live.js"></script>
      </head>
      <body data-fragment="${fragment}" data-stream="${stream}">
        <header class="bar">
          <a class="brand" href="/"><span class="gate" aria-hidden="true"></span>Sluice</a>
          <span class="tagline">approved in Salesforce, provisioned once</span>
          <span class="live-mark" id="live-mark" role="status">connecting</span>
        </header>
        <main id="live">${content}</main>
        <footer>
          <a href="/api/openapi.json">API</a><a href="/metrics">Metrics</a><a href="/api/intake">Intake</a>
        </footer>
      </body>
    </html>`.markup;
}

/** A moment as text; the page shows it in the reader's own time zone. */
export function moment(time: string | null): Html {
  if (time === null) return html`<span class="none">–</span>`;
  return html`<time datetime="${time}">${time.slice(0, 19).replace("T", " ")}</time>`;
}
