import { MetadataError, resolveField } from "@sluice/org/metadata";
import type { FieldDefinition, OrgSchema, XmlElement } from "@sluice/org/metadata";
import { findingAt } from "../finding.ts";
import type { Finding } from "../finding.ts";
import type { SfdxProject } from "../sfdx-project.ts";

/** What the cross-checks look at. */
export type ProjectView = { readonly project: SfdxProject; readonly schema: OrgSchema };

/** Part of the cross-checks: how many things it looked at, and what is wrong with them. */
export type CrossResult = { readonly seen: number; readonly findings: readonly Finding[] };

/** The field behind a path, or undefined: unknown fields are reported by the check that loads the source. */
export function findField(
  { schema }: ProjectView,
  objectName: string,
  path: string,
  at: XmlElement,
): FieldDefinition | undefined {
  try {
    return resolveField(schema, objectName, path, at.place);
  } catch (reason) {
    if (reason instanceof MetadataError) return undefined;
    throw reason;
  }
}

/** A finding when the field is a picklist that does not have the value. */
export function checkPicklistValue(
  field: FieldDefinition,
  value: string,
  at: XmlElement,
): readonly Finding[] {
  if (field.picklistValues.length === 0 || field.picklistValues.includes(value)) return [];
  const values = field.picklistValues.join(", ");
  const message = `"${value}" is no value of ${field.name}; it has ${values}. Correct it, or add it to the value set.`;
  return [findingAt(at.place, message)];
}
