import type { FieldDefinition, ObjectDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { formatCount } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";
import type { PageFrame } from "./page-frame.ts";
import { queryOf, renderPager, takePage } from "./paging.ts";
import { nameFieldOf, nameOf, pathOf, renderObjectTabs, renderValue } from "./record-links.ts";

export type RecordFilter = { readonly q: string; readonly page: number };

const maxColumns = 4;
/** Fields that say little in a list. */
const dullFields =
  /^(?:Id|OwnerId|Created.*|LastModified.*|SystemModstamp|.*(?:Street|PostalCode|State|SidKey|LocaleKey))$/;

/** The records of any object, the newest first. */
export function renderRecordsPage(
  core: OrgCore,
  frame: PageFrame,
  object: ObjectDefinition,
  filter: RecordFilter,
): string {
  const wanted = filter.q.trim().toLowerCase();
  const found = [...core.all(object.name)]
    .toReversed()
    .filter((record) => wanted === "" || Object.values(record).some((value) => contains(value, wanted)));
  const page = takePage(found, filter.page);
  const path = `/records/${object.name}`;
  const content = html`${renderObjectTabs(core, object.name)}
    <div class="heading">
      <h1>${object.pluralLabel ?? object.label}</h1>
      <span class="muted">${formatCount(found.length)}</span>
      <span class="live" title="This page follows the org by itself">live</span>
      <form method="get" action="${path}" role="search" class="search">
        <input
          type="search"
          name="q"
          value="${filter.q}"
          aria-label="Search records"
          placeholder="Any value"
        />
        <button>Search</button>
      </form>
    </div>
    <div id="records" data-part>
      <section class="card flush">
        ${page.items.length === 0 ? renderNothing(object, filter) : renderTable(core, object, page.items)}
      </section>
      ${renderPager(page, (number) => `${path}${queryOf({ q: filter.q, page: number })}`)}
    </div>`;
  return renderPage({
    title: object.label,
    frame,
    section: "records",
    content,
    follows: ["record", "org"],
  });
}

function contains(value: unknown, wanted: string): boolean {
  return typeof value === "string" && value.toLowerCase().includes(wanted);
}

function renderTable(core: OrgCore, object: ObjectDefinition, records: readonly OrgRecord[]): Html {
  const columns = columnsOf(object);
  return html`<table class="stacking">
    <thead>
      <tr>
        <th scope="col">${object.fields.get(nameFieldOf(object))?.label ?? "Record"}</th>
        ${columns.map(
          (field) => html`<th scope="col" class="${isNumber(field) ? "number" : ""}">${field.label}</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${records.map(
        (record) =>
          html`<tr>
            <td class="wide">
              <a href="${pathOf(object.name, String(record["Id"]))}">${nameOf(object, record)}</a>
            </td>
            ${columns.map(
              (field) =>
                html`<td class="${isNumber(field) ? "number" : ""}" data-label="${field.label}">
                  ${renderValue(core, field, record[field.name] ?? null)}
                </td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** The project's own fields first, then what is required, then the rest as it is defined. */
function columnsOf(object: ObjectDefinition): readonly FieldDefinition[] {
  const rank = ({ name, required }: FieldDefinition): number => (name.endsWith("__c") ? 0 : required ? 1 : 2);
  return [...object.fields.values()]
    .filter(({ name, type }) => name !== nameFieldOf(object) && type !== "textarea" && !dullFields.test(name))
    .toSorted((left, right) => rank(left) - rank(right))
    .slice(0, maxColumns);
}

function isNumber({ type }: FieldDefinition): boolean {
  return type === "double" || type === "currency" || type === "percent" || type === "int";
}

function renderNothing(object: ObjectDefinition, { q }: RecordFilter): Html {
  const path = `/records/${object.name}`;
  return q === ""
    ? html`<p class="empty">
        There is no ${object.label} yet. Make one over the REST API (<code
          >POST …/sobjects/${object.name}</code
        >), or start the org with a seed file that holds some.
      </p>`
    : html`<p class="empty">Nothing fits. <a href="${path}">Show all</a></p>`;
}
