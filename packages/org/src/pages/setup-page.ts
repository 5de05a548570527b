import type { EventMetadata, ValidationRule } from "../metadata/org-metadata.ts";
import type { FieldDefinition, ObjectDefinition, OrgCore } from "../org-core.ts";
import { renderFlow } from "./flow-card.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderPage } from "./layout.ts";
import { relativeFiles } from "./metadata-files.ts";
import type { PageFrame } from "./page-frame.ts";
import { renderPermissionSet } from "./permission-card.ts";
import { recordObjects } from "./record-links.ts";

/** What became of a reload: the error of the metadata, or that all is well. */
export type ReloadResult = { readonly problem: string } | "reloaded" | null;

type Setup = { readonly core: OrgCore; readonly show: (file: string) => string };

/** What the org was made from: flows, events, objects, rules and permission sets, with their files. */
export function renderSetupPage(core: OrgCore, frame: PageFrame, reload: ReloadResult): string {
  const { metadata } = core;
  const setup = { core, show: relativeFiles(metadata) };
  const sections = [
    ["flows", "Flows", metadata.flows.length],
    ["platform-events", "Platform events", metadata.events.length],
    ["objects", "Objects", recordObjects(core).length],
    ["rules", "Validation rules", metadata.validationRules.length],
    ["permissions", "Permission sets", metadata.permissionSets.length],
  ] as const;
  const content = html`<div class="heading">
      <h1>Setup</h1>
      <form method="post" action="/setup/reload" class="actions"><button>Reload the metadata</button></form>
    </div>
    ${renderReload(reload)}
    <nav class="chips" aria-label="On this page">
      ${sections.map(([id, title, count]) => html`<a href="#${id}">${title} <small>${count}</small></a>`)}
    </nav>
    <h2 id="flows" class="chapter">Flows</h2>
    ${metadata.flows.map((flow) => renderFlow(flow, setup.show(flow.place.file)))}
    ${empty(metadata.flows, "The metadata has no flow.")}
    <h2 id="platform-events" class="chapter">Platform events</h2>
    ${metadata.events.map((event) => renderEvent(setup, event))}
    ${empty(metadata.events, "The metadata defines no platform event.")}
    <h2 id="objects" class="chapter">Objects</h2>
    <section class="card">
      ${byInterest(recordObjects(core)).map((object) => renderObject(setup, object))}
    </section>
    <h2 id="rules" class="chapter">Validation rules</h2>
    ${metadata.validationRules.map((rule) => renderRule(setup, rule))}
    ${empty(metadata.validationRules, "The metadata has no validation rule.")}
    <h2 id="permissions" class="chapter">Permission sets</h2>
    <p class="muted">
      They count where sharing is restricted: who has View All sees the records of others, who has Modify All
      changes them. Rights on objects and fields are not enforced.
    </p>
    ${metadata.permissionSets.map((set) => renderPermissionSet(core, set))}
    ${empty(metadata.permissionSets, "The metadata has no permission set.")}`;
  return renderPage({ title: "Setup", frame, section: "setup", content });
}

function renderReload(reload: ReloadResult): Html | null {
  if (reload === null) return null;
  if (reload === "reloaded") {
    return html`<p class="notice green" role="status">The metadata was read again and is in use.</p>`;
  }
  return html`<div class="notice red" role="alert">
    <strong>The metadata was refused, and the org goes on with what it had.</strong>
    <p><code>${reload.problem}</code></p>
  </div>`;
}

function empty(items: readonly unknown[], text: string): Html | null {
  return items.length > 0 ? null : html`<p class="card muted">${text}</p>`;
}

/** Objects with fields of the project first. */
function byInterest(objects: readonly ObjectDefinition[]): readonly ObjectDefinition[] {
  return objects.toSorted((left, right) => customCount(right) - customCount(left));
}

function customCount({ fields }: ObjectDefinition): number {
  return [...fields.keys()].filter((name) => name.endsWith("__c")).length;
}

function renderEvent(setup: Setup, { name, publishBehavior, label, place }: EventMetadata): Html {
  const { core, show } = setup;
  const topic = `/event/${name}`;
  const schemaId = core.bus.topic(topic)?.schemaId ?? "";
  const schema = core.bus.schemaJson(schemaId);
  const object = core.schema.objects.get(name);
  return html`<section class="card">
    <h3>${label} <code>${name}</code></h3>
    <dl>
      <dt>Leaves</dt>
      <dd>
        ${
          publishBehavior === "PublishAfterCommit"
            ? "with the commit of the save that published it"
            : "at once, even when the save is rolled back"
        }
        <span class="muted">(${publishBehavior})</span>
      </dd>
      <dt>Topic</dt>
      <dd><code>${topic}</code></dd>
      <dt>Schema id</dt>
      <dd><code>${schemaId}</code></dd>
    </dl>
    ${object === undefined ? null : renderFields(setup, object)}
    ${
      schema === undefined
        ? null
        : html`<details id="schema-${name}">
            <summary>Avro schema</summary>
            <pre tabindex="0">${JSON.stringify(JSON.parse(schema), null, 2)}</pre>
          </details>`
    }
    <p class="file"><code>${show(place.file)}</code></p>
  </section>`;
}

function renderObject(setup: Setup, object: ObjectDefinition): Html {
  const custom = customCount(object);
  return html`<details id="object-${object.name}" class="object">
    <summary>
      <strong>${object.label}</strong> <code>${object.name}</code>
      <span class="muted"
        >${object.fields.size} fields${custom === 0 ? null : `, ${custom} of them yours`} · ids begin with
        ${object.keyPrefix ?? "nothing"}</span
      >
    </summary>
    ${renderFields(setup, object)}
  </details>`;
}

function renderFields({ core, show }: Setup, object: ObjectDefinition): Html {
  const own = ({ name }: FieldDefinition): number => (name.endsWith("__c") ? 0 : 1);
  const fields = [...object.fields.values()].toSorted((left, right) => own(left) - own(right));
  return html`<div class="wide-table" role="group" tabindex="0" aria-label="Fields of ${object.label}">
    <table class="fields">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Type</th>
          <th scope="col">Help</th>
        </tr>
      </thead>
      <tbody>
        ${fields.map((field) => {
          const from = core.metadata.fields.find(
            (entry) => entry.objectName === object.name && entry.field.name === field.name,
          );
          return html`<tr>
            <th scope="row">${field.label}<br /><code>${field.name}</code></th>
            <td>${describeType(field)}${field.required ? html`<br /><em>required</em>` : null}</td>
            <td>
              ${from?.help ?? null}
              ${from === undefined ? null : html`<span class="file"><code>${show(from.place.file)}</code></span>`}
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

function describeType({
  type,
  length,
  precision,
  scale,
  referenceTo,
  picklistValues,
}: FieldDefinition): string {
  if (referenceTo !== null) return `lookup to ${referenceTo}`;
  if (picklistValues.length > 0) return `picklist: ${picklistValues.join(", ")}`;
  if (precision !== null) return `${type} (${precision}, ${scale ?? 0})`;
  return length === null || type === "id" ? type : `${type} (${length})`;
}

function renderRule({ show }: Setup, rule: ValidationRule): Html {
  return html`<section class="card">
    <div class="heading">
      <h3>${rule.objectName}: <code>${rule.name}</code></h3>
      <span class="badge ${rule.isActive ? "green" : "grey"}"
        >${rule.isActive ? "active" : "not active"}</span
      >
    </div>
    <dl>
      <dt>Refuses the save when</dt>
      <dd><code>${rule.condition.source}</code></dd>
      <dt>Says</dt>
      <dd>${rule.message}</dd>
      <dt>Shown at</dt>
      <dd>${rule.field ?? "the whole record"}</dd>
    </dl>
    <p class="file"><code>${show(rule.place.file)}</code></p>
  </section>`;
}
