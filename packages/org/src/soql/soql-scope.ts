import type { FieldDefinition, FieldValue, ObjectDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { childRelationshipName } from "./child-relationships.ts";
import type { FieldPath } from "./soql-ast.ts";
import { SoqlError } from "./soql-error.ts";

/** What a query reads from; the rest of the org is none of its business. */
export type SoqlSource = Pick<OrgCore, "schema" | "get" | "all">;

/** A step from a record to its parent: `AccountId` leads from an Order to an Account. */
export type ParentStep = {
  readonly relationshipName: string;
  readonly idField: string;
  readonly parent: ObjectDefinition;
};

/** A field as a query names it, found in the schema. */
export type BoundPath = { readonly steps: readonly ParentStep[]; readonly field: FieldDefinition };

/** @throws {SoqlError} INVALID_TYPE when the org has no such object, or it is an event, which has no rows. */
export function findQueryObject(source: SoqlSource, name: string): ObjectDefinition {
  const wanted = name.toLowerCase();
  for (const definition of source.schema.objects.values()) {
    if (definition.kind === "object" && definition.name.toLowerCase() === wanted) return definition;
  }
  const known = [...source.schema.objects.values()].filter((object) => object.kind === "object");
  const names = known.map((object) => object.name).join(", ");
  throw new SoqlError("INVALID_TYPE", `sObject type '${name}' is not supported; this org can query ${names}`);
}

/** @throws {SoqlError} INVALID_FIELD naming the relationship or field that the org does not know. */
export function bindPath(source: SoqlSource, object: ObjectDefinition, path: FieldPath): BoundPath {
  const steps: ParentStep[] = [];
  let current = object;
  for (const relationship of path.slice(0, -1)) {
    const step = findParent(source, current, relationship);
    steps.push(step);
    current = step.parent;
  }
  const name = path.at(-1) ?? "";
  const field = findField(current, name);
  if (field === undefined) {
    throw new SoqlError(
      "INVALID_FIELD",
      `No such column '${name}' on entity '${current.name}'. Custom fields end with __c; describe lists all of them.`,
    );
  }
  return { steps, field };
}

/** The value of a path; null as soon as a parent on the way is missing. */
export function readPath(source: SoqlSource, record: OrgRecord, path: BoundPath): FieldValue {
  let current: OrgRecord | undefined = record;
  for (const step of path.steps) {
    current = readParent(source, current, step);
    if (current === undefined) return null;
  }
  return valueOf(current, path.field);
}

/** A checkbox is never null, also in records that are older than it. */
export function valueOf(record: OrgRecord, field: FieldDefinition): FieldValue {
  return record[field.name] ?? (field.type === "boolean" ? false : null);
}

export function readParent(source: SoqlSource, record: OrgRecord, step: ParentStep): OrgRecord | undefined {
  const id = record[step.idField];
  return typeof id === "string" ? source.get(step.parent.name, id) : undefined;
}

/** The child object and its lookup field behind a child relationship such as `OrderItems`. */
export function findChildren(
  source: SoqlSource,
  parent: ObjectDefinition,
  relationship: string,
): { readonly child: ObjectDefinition; readonly lookupField: string } {
  const wanted = relationship.toLowerCase();
  for (const child of source.schema.objects.values()) {
    for (const field of child.fields.values()) {
      if (field.referenceTo !== parent.name) continue;
      if (childRelationshipName(child.name, field)?.toLowerCase() === wanted) {
        return { child, lookupField: field.name };
      }
    }
  }
  throw new SoqlError(
    "INVALID_TYPE",
    `Didn't understand relationship '${relationship}' in a child query of '${parent.name}'. ` +
      "Child queries name the relationship, such as OrderItems, and not the object.",
  );
}

function findParent(source: SoqlSource, object: ObjectDefinition, relationship: string): ParentStep {
  const wanted = relationship.toLowerCase();
  for (const field of object.fields.values()) {
    if (field.relationshipName?.toLowerCase() !== wanted || field.referenceTo === null) continue;
    const parent = source.schema.objects.get(field.referenceTo);
    if (parent !== undefined) {
      return { relationshipName: field.relationshipName, idField: field.name, parent };
    }
  }
  throw new SoqlError(
    "INVALID_FIELD",
    `Didn't understand relationship '${relationship}' in a field path on '${object.name}'. ` +
      "Custom relationships end with __r.",
  );
}

function findField(object: ObjectDefinition, name: string): FieldDefinition | undefined {
  const exact = object.fields.get(name);
  if (exact !== undefined) return exact;
  const wanted = name.toLowerCase();
  return [...object.fields.values()].find((field) => field.name.toLowerCase() === wanted);
}
