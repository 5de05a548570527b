import { valueTypeOf } from "@sluice/org/metadata";
import type { FieldDefinition, XmlElement } from "@sluice/org/metadata";
import { z } from "zod";
import { childOf, childText } from "../element-children.ts";
import { findingAt } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { checkPicklistValue, findField } from "./project-view.ts";
import type { ProjectView } from "./project-view.ts";

const recordSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** A parameter of a flow test: `$Record` as JSON, of fields that the object has and values that they take. */
export function checkTriggeringRecord(
  view: ProjectView,
  parameter: XmlElement,
  objectName: string,
): readonly Finding[] {
  if (childText(parameter, "leftValueReference") !== "$Record") {
    return [
      findingAt(
        parameter.place,
        "The triggering record is <leftValueReference>$Record</leftValueReference>.",
      ),
    ];
  }
  const value = childOf(parameter, "value");
  const json = value === undefined ? undefined : childOf(value, "sobjectValue");
  if (json === undefined) {
    return [
      findingAt((value ?? parameter).place, "The triggering record needs <sobjectValue> with JSON. Add it."),
    ];
  }
  const record = recordSchema.safeParse(readJson(json.text));
  if (!record.success) {
    return [findingAt(json.place, "<sobjectValue> is no JSON object of field values. Correct it.")];
  }
  return Object.entries(record.data).flatMap(([name, given]) => {
    const field = findField(view, objectName, name, json);
    if (field === undefined) {
      return [findingAt(json.place, `${objectName} has no field "${name}". Correct the name.`)];
    }
    return checkValue(field, given, json);
  });
}

function checkValue(
  field: FieldDefinition,
  value: string | number | boolean | null,
  at: XmlElement,
): readonly Finding[] {
  if (value === null) return [];
  if (!fits(field, value)) {
    const type = valueTypeOf(field.type);
    return [
      findingAt(at.place, `${field.name} takes ${type}, and holds ${JSON.stringify(value)}. Correct it.`),
    ];
  }
  return typeof value === "string" ? checkPicklistValue(field, value, at) : [];
}

function fits(field: FieldDefinition, value: string | number | boolean): boolean {
  const type = valueTypeOf(field.type);
  switch (type) {
    case "text":
      return typeof value === "string" && (field.length === null || value.length <= field.length);
    case "number":
    case "boolean":
      return typeof value === type;
    case "date":
      return (
        typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
      );
    case "datetime":
      return typeof value === "string" && !Number.isNaN(Date.parse(value));
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
