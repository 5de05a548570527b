import type { PermissionSet } from "../metadata/org-metadata.ts";
import type { OrgCore, OrgRecord } from "../org-core.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { renderValue } from "./record-links.ts";

/** A permission set of the metadata: what it speaks of, and who has it, to be given and taken back. */
export function renderPermissionSet(core: OrgCore, { name, label, objects, fields }: PermissionSet): Html {
  const set = [...core.all("PermissionSet")].find((record) => record["Name"] === name);
  const setId = String(set?.["Id"]);
  const assignments = [...core.all("PermissionSetAssignment")].filter(
    (record) => record["PermissionSetId"] === setId,
  );
  const seesAll = objects.filter(({ rights }) => rights.viewAllRecords || rights.modifyAllRecords);
  return html`<section class="card">
    <h3>${label} <code>${name}</code></h3>
    <p>Speaks of the objects ${objects.map((object) => object.name).join(", ") || "none"}.</p>
    <p>Sees all records of ${seesAll.map((object) => object.name).join(", ") || "no object"}.</p>
    <ul class="bare">
      ${assignments.map((assignment) => renderHolder(core, assignment))}
    </ul>
    ${renderAssignForm(core, setId, assignments)}
    <details id="permission-${name}">
      <summary>${fields.length} fields</summary>
      <ul class="bare">
        ${fields.map(({ path }) => html`<li><code>${path}</code></li>`)}
      </ul>
    </details>
  </section>`;
}

function renderHolder(core: OrgCore, assignment: OrgRecord): Html {
  const field = core.schema.objects.get("PermissionSetAssignment")?.fields.get("AssigneeId");
  const userId = assignment["AssigneeId"] ?? null;
  return html`<li>
    <form method="post" action="/setup/unassign" class="actions">
      ${field === undefined ? null : renderValue(core, field, userId)} has it.
      <input type="hidden" name="assignment" value="${String(assignment["Id"])}" />
      <button>Take it back</button>
    </form>
  </li>`;
}

function renderAssignForm(core: OrgCore, setId: string, assignments: readonly OrgRecord[]): Html | null {
  const holders = new Set(assignments.map((assignment) => assignment["AssigneeId"]));
  const others = [...core.all("User")].filter((user) => !holders.has(user["Id"] ?? null));
  if (others.length === 0) return null;
  return html`<form method="post" action="/setup/assign" class="actions">
    <input type="hidden" name="set" value="${setId}" />
    <label
      >User
      <select name="user">
        ${others.map((user) => html`<option value="${String(user["Id"])}">${String(user["Username"])}</option>`)}
      </select></label
    >
    <button>Assign</button>
  </form>`;
}
