import { html } from "./html.ts";
import type { Html } from "./html.ts";

/**
 * A whole page. `content` is replaced in place whenever the org tells that a record changed, so it
 * must hold everything that can change.
 */
export function renderPage(title: string, userName: string | null, content: Html): string {
  const account =
    userName === null
      ? null
      : html`<form method="post" action="/logout" class="account">
          <span>${userName}</span><button class="quiet">Sign out</button>
        </form>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Org</title>
        <link rel="stylesheet" href="/org.css" />
        <link rel="icon" href="data:," />
        <script src="/org.js" defer></script>
      </head>
      <body${userName === null ? null : html` data-live`}>
        <header class="top">
          <a href="/" class="brand"><span class="mark"></span>Org<small>emulated</small></a>
          ${account}
        </header>
        <main id="content">${content}</main>
      </body>
    </html>`.markup;
}
