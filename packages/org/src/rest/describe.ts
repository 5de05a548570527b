import type { FieldDefinition, ObjectDefinition, OrgSchema } from "../org-core.ts";
import { isDeletable } from "../records/delete-record.ts";
import { childRelationshipName } from "../soql/child-relationships.ts";
import type { JsonObject } from "./record-json.ts";

/** One entry of the list of all objects. */
export function summarizeObject(object: ObjectDefinition, version: string): JsonObject {
  const base = `/services/data/v${version}/sobjects/${object.name}`;
  const isRecord = object.kind === "object";
  return {
    name: object.name,
    label: object.label,
    labelPlural: object.pluralLabel ?? object.label,
    keyPrefix: object.keyPrefix,
    custom: /__[ce]$/.test(object.name),
    createable: true,
    queryable: isRecord,
    retrieveable: isRecord,
    updateable: isRecord,
    deletable: isDeletable(object),
    urls: { sobject: base, describe: `${base}/describe`, rowTemplate: `${base}/{ID}` },
  };
}

/** The whole description of an object. */
export function describeObject(schema: OrgSchema, object: ObjectDefinition, version: string): JsonObject {
  return {
    ...summarizeObject(object, version),
    fields: [...object.fields.values()].map(describeField),
    childRelationships: describeChildren(schema, object),
    recordTypeInfos: [],
  };
}

function describeField(field: FieldDefinition): JsonObject {
  return {
    name: field.name,
    label: field.label,
    type: field.type,
    custom: field.name.endsWith("__c"),
    length: field.length ?? 0,
    precision: field.precision ?? 0,
    scale: field.scale ?? 0,
    nillable: !field.required,
    autoNumber: field.autoNumber !== undefined,
    unique: field.unique === true,
    externalId: field.externalId === true,
    idLookup: field.type === "id" || field.externalId === true,
    caseSensitive: field.caseSensitive === true,
    createable: field.createable,
    updateable: field.updateable,
    defaultValue: field.defaultValue,
    referenceTo: field.referenceTo === null ? [] : [field.referenceTo],
    relationshipName: field.relationshipName,
    picklistValues: field.picklistValues.map((value) => ({
      value,
      label: value,
      active: true,
      defaultValue: value === field.defaultValue,
    })),
  };
}

function describeChildren(schema: OrgSchema, parent: ObjectDefinition): readonly JsonObject[] {
  const children: JsonObject[] = [];
  for (const child of schema.objects.values()) {
    for (const field of child.fields.values()) {
      if (field.referenceTo !== parent.name) continue;
      const relationshipName = childRelationshipName(child.name, field) ?? null;
      const { onParentDelete } = field;
      children.push({
        childSObject: child.name,
        field: field.name,
        relationshipName,
        cascadeDelete: onParentDelete === "cascade",
        restrictedDelete: onParentDelete === "restrict",
      });
    }
  }
  return children;
}
