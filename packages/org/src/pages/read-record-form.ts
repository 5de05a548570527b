import { z } from "zod";
import type { FieldDefinition, FieldValue, OrgRecord } from "../org-core.ts";
import { toLongId } from "../soql/record-id.ts";
import type { FormTexts } from "./record-form.ts";

const formBody = z.record(z.string(), z.string());

/** The texts of a form over `fields`; undefined for a body that is no such form. */
export function readFormTexts(
  fields: readonly FieldDefinition[],
  body: unknown,
): { readonly typed: FormTexts; readonly was: FormTexts } | undefined {
  const parsed = formBody.safeParse(body);
  if (!parsed.success) return undefined;
  const textAt = (name: string): string => (parsed.data[name] ?? "").replaceAll("\r\n", "\n");
  // Inputs that the form did not have are left alone.
  const present = fields.filter(({ name }) => `was.${name}` in parsed.data);
  return {
    typed: new Map(present.map(({ name }) => [name, textAt(name)])),
    was: new Map(present.map(({ name }) => [name, textAt(`was.${name}`)])),
  };
}

/** What was changed in the form, as the org takes it. A text that is no number goes on as it is, to be refused there. */
export function changedValues(
  fields: readonly FieldDefinition[],
  { typed, was }: { readonly typed: FormTexts; readonly was: FormTexts },
): OrgRecord {
  const changed: Record<string, FieldValue> = {};
  for (const field of fields) {
    const text = typed.get(field.name);
    if (text !== undefined && text !== was.get(field.name)) changed[field.name] = toValue(field, text);
  }
  return changed;
}

/** A record as its form shows it. */
export function textsOf(fields: readonly FieldDefinition[], record: OrgRecord): FormTexts {
  return new Map(fields.map((field) => [field.name, toText(field, record[field.name] ?? null)]));
}

function toText(field: FieldDefinition, value: FieldValue): string {
  if (value === null || value === false) return "";
  return field.type === "datetime" ? String(value).replace(/Z$/, "") : String(value);
}

function toValue(field: FieldDefinition, text: string): FieldValue {
  if (field.type === "boolean") return text === "true";
  if (text === "") return null;
  switch (field.type) {
    case "double":
    case "currency":
    case "percent":
    case "int": {
      const number = Number(text);
      return text.trim() !== "" && Number.isFinite(number) ? number : text;
    }
    case "datetime":
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/.test(text) ? `${text}Z` : text;
    case "id":
    case "reference":
      return toLongId(text.trim()) ?? text;
    case "date":
    case "string":
    case "textarea":
    case "picklist":
    case "multipicklist":
    case "email":
    case "phone":
    case "url":
    case "address":
      return text;
  }
}
