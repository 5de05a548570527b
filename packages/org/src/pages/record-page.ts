import type { FieldDefinition, ObjectDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";
import type { PageFrame } from "./page-frame.ts";
import { nameOf, pathOf, recordObjects, renderObjectTabs, renderValue } from "./record-links.ts";
import { renderRecordForm } from "./record-form.ts";
import type { RecordForm } from "./record-form.ts";

const auditFields = [
  "Id",
  "CreatedDate",
  "CreatedById",
  "LastModifiedDate",
  "LastModifiedById",
  "SystemModstamp",
];
const maxRelated = 20;

/** Any record: its fields by the schema, and the records that point at it. */
export function renderRecordPage(
  core: OrgCore,
  frame: PageFrame,
  object: ObjectDefinition,
  record: OrgRecord,
): string {
  const id = String(record["Id"]);
  const fields = [...object.fields.values()];
  const isAudit = ({ name }: FieldDefinition): boolean => auditFields.includes(name);
  const content = html`${renderObjectTabs(core, object.name)}
    <div id="record" data-part>
      <p class="crumb"><a href="/records/${object.name}">${object.label}</a></p>
      <div class="heading">
        <h1>${nameOf(object, record)}</h1>
        <span class="live" title="This page follows the org by itself">live</span>
        <span class="actions"><a class="button" href="/records/${object.name}/${id}/edit">Edit</a></span>
      </div>
      <div class="columns">
        <section class="card">
          <h2>${object.label}</h2>
          <dl>${fields.filter((field) => !isAudit(field)).map((field) => renderRow(core, field, record))}</dl>
        </section>
        <div>
          <section class="card">
            <h2>Record</h2>
            <dl>${fields.filter(isAudit).map((field) => renderRow(core, field, record))}</dl>
          </section>
          ${renderRelated(core, object, id)}
        </div>
      </div>
    </div>`;
  const title = nameOf(object, record);
  return renderPage({ title, frame, section: "records", content, follows: ["record", "org"] });
}

/** The form over what clients may write. */
export function renderEditPage(frame: PageFrame, title: string, form: RecordForm): string {
  const content = html`<p class="crumb"><a href="${form.cancelPath}">${title}</a></p>
    <div class="heading"><h1>Edit ${title}</h1></div>
    <section class="card">${renderRecordForm(form)}</section>`;
  return renderPage({ title: `Edit ${title}`, frame, section: "records", content });
}

function renderRow(core: OrgCore, field: FieldDefinition, record: OrgRecord): Html {
  return html`<dt title="${field.name}">${field.label}</dt>
    <dd data-field="${field.name}">${renderValue(core, field, record[field.name] ?? null)}</dd>`;
}

/** Records with a lookup to this one, by object and lookup. */
function renderRelated(core: OrgCore, object: ObjectDefinition, id: string): readonly Html[] {
  return recordObjects(core).flatMap((child) =>
    [...child.fields.values()]
      .filter(({ name, referenceTo }) => referenceTo === object.name && !auditFields.includes(name))
      .flatMap((field) => {
        const records = [...core.all(child.name)].filter((record) => record[field.name] === id);
        return records.length === 0 ? [] : [renderRelatedCard(child, field, records)];
      }),
  );
}

function renderRelatedCard(
  child: ObjectDefinition,
  field: FieldDefinition,
  records: readonly OrgRecord[],
): Html {
  const more = records.length - maxRelated;
  return html`<section class="card">
    <h2>${child.label} <span class="muted">by ${field.label}, ${records.length}</span></h2>
    <ul class="bare">
      ${records
        .toReversed()
        .slice(0, maxRelated)
        .map(
          (record) =>
            html`<li><a href="${pathOf(child.name, String(record["Id"]))}">${nameOf(child, record)}</a></li>`,
        )}
    </ul>
    ${more > 0 ? html`<p class="hint">and ${more} more</p>` : null}
  </section>`;
}
