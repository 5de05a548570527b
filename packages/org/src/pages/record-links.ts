import type { FieldDefinition, FieldValue, ObjectDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { badge, formatValue } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

/** Fields that people call a record by, the best first. */
const nameFields = ["OrderNumber", "OrderItemNumber", "Name", "Username"];

/** Orders have pages of their own. */
export function pathOf(objectName: string, id: string): string {
  return objectName === "Order" ? `/orders/${id}` : `/records/${objectName}/${id}`;
}

export function nameFieldOf(object: ObjectDefinition): string {
  return nameFields.find((name) => object.fields.has(name)) ?? "Id";
}

export function nameOf(object: ObjectDefinition, record: OrgRecord): string {
  // A line and a price are called after what they are for, when they have no name.
  return String(record[nameFieldOf(object)] ?? record["Name"] ?? record["Id"]);
}

/** A value with its colour or its link. */
export function renderValue(core: OrgCore, field: FieldDefinition, value: FieldValue): Html {
  if (value === null) return html`–`;
  if (field.referenceTo !== null && typeof value === "string")
    return renderLink(core, field.referenceTo, value);
  if (field.type === "picklist" && /Status/.test(field.name)) return badge(value);
  if (field.type === "id") return html`<code>${String(value)}</code>`;
  return html`${formatValue(field, value)}`;
}

function renderLink(core: OrgCore, objectName: string, id: string): Html {
  const object = core.schema.objects.get(objectName);
  const record = core.get(objectName, id);
  if (object === undefined || record === undefined) return html`<code>${id}</code>`;
  return html`<a href="${pathOf(objectName, id)}">${nameOf(object, record)}</a>`;
}

const setupObjects: ReadonlySet<string> = new Set([
  "Organization",
  "User",
  "PermissionSet",
  "PermissionSetAssignment",
  "ObjectPermissions",
]);

/** The objects that have pages, orders and the project's own first, those about the org itself last. */
export function recordObjects(core: OrgCore): readonly ObjectDefinition[] {
  const rank = ({ name }: ObjectDefinition): number => {
    if (name === "Order") return 0;
    if (name.endsWith("__c")) return 1;
    return setupObjects.has(name) ? 3 : 2;
  };
  return [...core.schema.objects.values()]
    .filter(({ kind }) => kind === "object")
    .toSorted((left, right) => rank(left) - rank(right));
}

/** The way from one object to the others. */
export function renderObjectTabs(core: OrgCore, current: string): Html {
  return html`<nav class="tabs" aria-label="Objects">
    ${recordObjects(core).map(
      ({ name, label, pluralLabel = label }) =>
        html`<a
          href="${name === "Order" ? "/" : `/records/${name}`}"
          ${name === current ? html` aria-current="page"` : null}
          >${pluralLabel}</a
        >`,
    )}
  </nav>`;
}
