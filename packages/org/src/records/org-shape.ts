import { MetadataError } from "../metadata/metadata-error.ts";
import type { MetadataPlace } from "../metadata/metadata-error.ts";
import type {
  ObjectMetadata,
  OrgMetadata,
  PublishBehavior,
  StandardValueSet,
} from "../metadata/org-metadata.ts";
import type { FieldDefinition, ObjectDefinition, OrgSchema } from "../org-core.ts";
import { defineCustomObject } from "./custom-objects.ts";
import { catalogueObjects } from "./standard-objects/catalogue.ts";
import { orderObjects, standardOrderStatuses } from "./standard-objects/orders.ts";
import { partyObjects } from "./standard-objects/parties.ts";
import { permissionObjects } from "./standard-objects/permissions.ts";

/** What the org's records and events look like: the standard objects, changed by the metadata. */
export type OrgShape = {
  readonly schema: OrgSchema;
  /** Each value of Order.Status with its StatusCode. */
  readonly orderStatusCodes: ReadonlyMap<string, string>;
  readonly publishBehaviors: ReadonlyMap<string, PublishBehavior>;
};

type MutableObject = Omit<ObjectDefinition, "fields"> & { readonly fields: Map<string, FieldDefinition> };

/** @throws {MetadataError} unknown_reference or duplicate, where the metadata does not fit the standard objects. */
export function buildOrgShape(metadata: OrgMetadata): OrgShape {
  const standard = [...partyObjects, ...catalogueObjects, ...orderObjects, ...permissionObjects];
  const objects = new Map<string, MutableObject>(
    standard.map((object) => [object.name, { ...object, fields: new Map(object.fields) }]),
  );
  for (const definition of metadata.objects) addObject(objects, definition, metadata);
  for (const { name, label, place } of metadata.events) {
    refuseTwice(objects, name, place);
    objects.set(name, { name, label, keyPrefix: null, kind: "event", fields: new Map() });
  }
  for (const { objectName, field, globalValueSet, place } of metadata.fields) {
    const fields = fieldsOf(objects, objectName, place);
    if (fields.has(field.name)) {
      throw new MetadataError(
        "duplicate",
        place,
        `${objectName}.${field.name} is defined twice. Remove one.`,
      );
    }
    if (field.referenceTo !== null) fieldsOf(objects, field.referenceTo, place);
    const values = globalValueSet === null ? {} : globalValues(metadata, globalValueSet, place);
    fields.set(field.name, { ...field, ...values });
  }
  return {
    schema: { objects },
    orderStatusCodes: applyOrderStatuses(objects, metadata.valueSets),
    publishBehaviors: new Map(metadata.events.map((event) => [event.name, event.publishBehavior])),
  };
}

/** The file of a standard object only has to name one that is there. */
function addObject(
  objects: Map<string, MutableObject>,
  definition: ObjectMetadata,
  { fields }: OrgMetadata,
): void {
  const { name, place } = definition;
  if (definition.kind === "standard") {
    fieldsOf(objects, name, place);
    return;
  }
  refuseTwice(objects, name, place);
  const isDetail = fields.some(
    ({ objectName, field }) => objectName === name && field.onParentDelete === "cascade",
  );
  const object = defineCustomObject(definition, isDetail);
  objects.set(name, { ...object, fields: new Map(object.fields) });
}

function refuseTwice(objects: ReadonlyMap<string, MutableObject>, name: string, place: MetadataPlace): void {
  if (objects.has(name)) {
    throw new MetadataError("duplicate", place, `${name} is defined twice. Remove one.`);
  }
}

function globalValues(
  { globalValueSets }: OrgMetadata,
  { name, isRestricted }: { readonly name: string; readonly isRestricted: boolean },
  place: MetadataPlace,
): Pick<FieldDefinition, "picklistValues" | "defaultValue"> {
  const set = globalValueSets.find((candidate) => candidate.name === name);
  if (set === undefined) {
    const detail = `There is no global value set ${name}. Add its file, or correct the name.`;
    throw new MetadataError("unknown_reference", place, detail);
  }
  return {
    picklistValues: isRestricted ? set.values.map((value) => value.name) : [],
    defaultValue: set.values.find((value) => value.isDefault)?.name ?? null,
  };
}

function fieldsOf(
  objects: ReadonlyMap<string, MutableObject>,
  objectName: string,
  place: MetadataPlace,
): Map<string, FieldDefinition> {
  const object = objects.get(objectName);
  if (object !== undefined) return object.fields;
  const known = [...objects.keys()].join(", ");
  const detail = `The org has no object ${objectName}; it has ${known}. Correct the name, or define the object.`;
  throw new MetadataError("unknown_reference", place, detail);
}

function applyOrderStatuses(
  objects: ReadonlyMap<string, MutableObject>,
  valueSets: readonly StandardValueSet[],
): ReadonlyMap<string, string> {
  let codes: ReadonlyMap<string, string> = standardOrderStatuses;
  for (const valueSet of valueSets) {
    if (valueSet.name !== "OrderStatus") {
      const detail = `The value set ${valueSet.name} is not known here, only OrderStatus is. Remove the file.`;
      throw new MetadataError("unknown_file", valueSet.place, detail);
    }
    codes = new Map(valueSet.values.map((value) => [value.name, statusCodeOf(valueSet, value)]));
    const order = objects.get("Order");
    const status = order?.fields.get("Status");
    if (order === undefined || status === undefined) continue;
    order.fields.set("Status", {
      ...status,
      picklistValues: valueSet.values.map((value) => value.name),
      defaultValue: valueSet.values.find((value) => value.isDefault)?.name ?? null,
    });
  }
  return codes;
}

function statusCodeOf(valueSet: StandardValueSet, value: StandardValueSet["values"][number]): string {
  if (value.group === "Draft" || value.group === "Activated") return value.group;
  throw new MetadataError(
    "bad_value",
    valueSet.place,
    `The order status ${value.name} needs <groupingString> Draft or Activated.`,
  );
}
