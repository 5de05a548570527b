import type { FieldDefinition, OrgCore, OrgError, OrgRecord } from "../org-core.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { nameOf } from "./record-links.ts";

/** What a form holds: texts by field name, as inputs carry them; a checkbox is `true` or empty. */
export type FormTexts = ReadonlyMap<string, string>;

export type RecordForm = {
  readonly core: OrgCore;
  readonly objectName: string;
  readonly fields: readonly FieldDefinition[];
  readonly action: string;
  readonly cancelPath: string;
  readonly submitLabel: string;
  readonly typed: FormTexts;
  /** What stood in the form when it was opened, so that only what was changed is saved. */
  readonly was: FormTexts;
  readonly refusal: OrgError | null;
};

/** Lookups to larger tables are typed as ids. */
const maxChoices = 200;

/** A form over fields. It checks nothing by itself: what the org refuses is to be seen in the org's words. */
export function renderRecordForm(form: RecordForm): Html {
  const shown = new Set(form.fields.map(({ name }) => name));
  const marked = form.refusal?.fields.filter((name) => shown.has(name)) ?? [];
  return html`<form method="post" action="${form.action}" class="record-form" novalidate>
    ${form.refusal === null ? null : renderRefusal(form, form.refusal, marked)}
    <div class="inputs">
      ${form.fields.map((field) => renderField(form, field, marked.includes(field.name)))}
    </div>
    <div class="submit">
      <button class="primary">${form.submitLabel}</button>
      <a class="button" href="${form.cancelPath}">Cancel</a>
    </div>
  </form>`;
}

function renderRefusal({ fields }: RecordForm, refusal: OrgError, marked: readonly string[]): Html {
  const links = fields
    .filter(({ name }) => marked.includes(name))
    .map(({ name, label }) => html` <a href="#field-${name}">${label}</a>`);
  return html`<p class="notice red" role="alert">
    <strong>Nothing was saved.</strong> ${refusal.message} <code>${refusal.code}</code>${links}
  </p>`;
}

function renderField(form: RecordForm, field: FieldDefinition, isMarked: boolean): Html {
  const { name, label, required, type } = field;
  const hints = [
    form.core.metadata.fields.find(isOf(form.objectName, name))?.help ?? null,
    sizeOf(field),
  ].filter((hint) => hint !== null && hint !== "");
  const isLong = type === "textarea" && !/(?:Street)$/.test(name);
  return html`<div class="field${isLong ? " long" : ""}${isMarked ? " marked" : ""}">
    <label for="field-${name}">${label}${required ? html` <em title="required">*</em>` : null}</label>
    <input type="hidden" name="was.${name}" value="${form.was.get(name) ?? ""}" />
    ${renderInput(form, field, isMarked)}
    ${isMarked ? html`<p class="problem" id="problem-${name}">${form.refusal?.message ?? ""}</p>` : null}
    ${hints.length === 0 ? null : html`<p class="hint" id="hint-${name}">${hints.join(" ")}</p>`}
  </div>`;
}

function isOf(objectName: string, name: string) {
  return (entry: { readonly objectName: string; readonly field: FieldDefinition }): boolean =>
    entry.objectName === objectName && entry.field.name === name;
}

function sizeOf({ type, length, precision, scale, picklistValues }: FieldDefinition): string | null {
  if (type === "multipicklist") return `Separate by semicolons: ${picklistValues.join("; ")}.`;
  if (type === "double" || type === "currency" || type === "percent") {
    return precision === null
      ? null
      : `${precision - (scale ?? 0)} digits before the point, ${scale ?? 0} after.`;
  }
  if (type === "datetime") return "UTC.";
  return (type === "string" || type === "textarea") && length !== null ? `Up to ${length} characters.` : null;
}

function renderInput(form: RecordForm, field: FieldDefinition, isMarked: boolean): Html {
  const text = form.typed.get(field.name) ?? "";
  const common = html` id="field-${field.name}"
  name="${field.name}"${
    isMarked ? html` aria-invalid="true" aria-describedby="problem-${field.name}"` : null
  }${field.required ? html` aria-required="true"` : null}`;
  switch (field.type) {
    case "boolean":
      return html`<input
        type="checkbox"
        ${common}
        value="true"
        ${text === "true" ? html` checked` : null}
      />`;
    case "textarea":
      // The line break after the tag is not part of the text.
      return html`<textarea${common} rows="${field.name.endsWith("Street") ? 2 : 4}">${"\n"}${text}</textarea>`;
    case "picklist":
      return field.picklistValues.length === 0
        ? html`<input ${common} value="${text}" />`
        : renderSelect(
            common,
            text,
            field.required,
            field.picklistValues.map((value) => [value, value]),
          );
    case "reference":
      return renderLookup(form, field, common, text);
    case "double":
    case "currency":
    case "percent":
    case "int":
      return html`<input ${common} value="${text}" inputmode="decimal" />`;
    case "date":
      return html`<input type="date" ${common} value="${text}" />`;
    case "datetime":
      return html`<input type="datetime-local" step="0.001" ${common} value="${text}" />`;
    case "email":
      return html`<input type="email" ${common} value="${text}" />`;
    case "phone":
      return html`<input type="tel" ${common} value="${text}" />`;
    case "url":
      return html`<input type="url" ${common} value="${text}" />`;
    case "id":
    case "string":
    case "multipicklist":
    case "address":
      return html`<input ${common} value="${text}" />`;
  }
}

function renderLookup(form: RecordForm, field: FieldDefinition, common: Html, text: string): Html {
  const object = form.core.schema.objects.get(field.referenceTo ?? "");
  const records: readonly OrgRecord[] = object === undefined ? [] : [...form.core.all(object.name)];
  if (object === undefined || records.length > maxChoices) {
    return html`<input ${common} value="${text}" placeholder="Record id" />`;
  }
  const choices = records.map((record) => [String(record["Id"]), nameOf(object, record)] as const);
  return renderSelect(common, text, field.required, choices);
}

/** What was typed stays a choice, even when it is none of the list. */
function renderSelect(
  common: Html,
  text: string,
  isRequired: boolean,
  choices: readonly (readonly [value: string, label: string])[],
): Html {
  const isKnown = choices.some(([value]) => value === text);
  const all = [
    ...(isRequired && isKnown ? [] : [["", "–"] as const]),
    ...(isKnown || text === "" ? [] : [[text, text] as const]),
    ...choices,
  ];
  return html`<select ${common}>
    ${all.map(
      ([value, label]) =>
        html`<option value="${value}" ${value === text ? html` selected` : null}>${label}</option>`,
    )}
  </select>`;
}
