import { html } from "./html.ts";
import { renderPage } from "./layout.ts";
import type { ObjectDefinition } from "../org-core.ts";
import type { PageFrame } from "./page-frame.ts";
import { renderRecordForm } from "./record-form.ts";
import type { RecordForm } from "./record-form.ts";

/** A form that publishes a platform event, for people who try their subscriber. */
export function renderPublishPage(
  frame: PageFrame,
  events: readonly ObjectDefinition[],
  chosen: ObjectDefinition,
  form: RecordForm,
): string {
  const content = html`<p class="crumb"><a href="/events">Event monitor</a></p>
    <div class="heading"><h1>Publish ${chosen.label}</h1></div>
    ${
      events.length < 2
        ? null
        : html`<nav class="chips" aria-label="Event">
            ${events.map(
              ({ name, label }) =>
                html`<a
                  href="/events/publish?event=${name}"
                  ${name === chosen.name ? html` aria-current="true"` : null}
                  >${label}</a
                >`,
            )}
          </nav>`
    }
    <p class="muted">
      It is published as by a POST to <code>sobjects/${chosen.name}</code>: no record changes and no flow
      runs. Fields that stay empty are null.
    </p>
    <section class="card">${renderRecordForm(form)}</section>`;
  return renderPage({ title: `Publish ${chosen.label}`, frame, section: "events", content });
}
