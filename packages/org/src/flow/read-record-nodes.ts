import { MetadataError } from "../metadata/metadata-error.ts";
import { badValue, readElement, textOf } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import { refuseUnsupported } from "../metadata/refuse-unsupported.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import type { CreateInput, FlowNode, LookupOutput, LookupQuery, OutputField, UpdateTarget } from "./flow.ts";
import { readFilters } from "./read-condition.ts";
import { readLink } from "./read-flow-value.ts";
import { readFieldAssignments, readNode } from "./read-node.ts";

const upsert = [
  "assignRecordIdToReference",
  "doesUpsert",
  "doesUpsertAllOrNone",
  "filterLogic",
  "filters",
  "operationMultMatchingRecords",
  "operationOneMatchingRecord",
  "operationZeroMatchingRecords",
  "upsertExternalIdField",
  "upsertStandardIdField",
];

/** Reads what makes records, or publishes platform events. @throws {MetadataError} */
export function readCreateNode(element: XmlElement): FlowNode {
  refuseUnsupported(element, upsert, ["inputAssignments", "inputReference", "object"]);
  return readNode(element, (take) => {
    // What it stores for an event is no identity of the event, so nothing may read it.
    take.harmless("storeOutputAutomatically");
    return { kind: "create", input: readCreateInput(take), ...readLinks(take) };
  });
}

/** @throws {MetadataError} */
export function readLookupNode(element: XmlElement): FlowNode {
  refuseUnsupported(element, ["limit", "relatedRecords"], ["filters", "getFirstRecordOnly", "queriedFields"]);
  return readNode(element, (take) => {
    const query = readQuery(take);
    return { kind: "lookup", query, output: readOutput(element, take, query), ...readLinks(take) };
  });
}

/** @throws {MetadataError} */
export function readUpdateNode(element: XmlElement): FlowNode {
  return readNode(element, (take) => {
    const target = readTarget(element, take);
    const assignments = readFieldAssignments(take);
    if (assignments.length === 0) {
      const detail = "<recordUpdates> changes nothing; give it <inputAssignments>.";
      throw new MetadataError("missing_element", element.place, detail);
    }
    return { kind: "update", target, assignments, ...readLinks(take) };
  });
}

function readLinks(take: Take) {
  return { next: readLink(take, "connector"), fault: readLink(take, "faultConnector") };
}

function readCreateInput(take: Take): CreateInput {
  const reference = take.optionalElement("inputReference");
  const assignments = readFieldAssignments(take);
  const object = take.optionalElement("object");
  if (reference === undefined) return { kind: "fields", objectName: take.text("object"), assignments };
  if (assignments.length > 0 || object !== undefined) {
    const detail = "<inputReference> says the object and the values already; remove it or the others.";
    throw new MetadataError("duplicate", reference.place, detail);
  }
  return { kind: "reference", path: textOf(reference), place: reference.place };
}

function readQuery(take: Take): LookupQuery {
  const fields = take.elements("queriedFields").map(textOf);
  const sortField = take.optionalText("sortField");
  const sortOrder = take.optionalOneOf("sortOrder", ["Asc", "Desc"]);
  return {
    objectName: take.text("object"),
    ...readFilters(take),
    sort: sortField === undefined ? null : { field: sortField, isDescending: sortOrder === "Desc" },
    onlyFirst: take.boolean("getFirstRecordOnly", false),
    fields: fields.length === 0 ? null : fields,
  };
}

function readOutput(element: XmlElement, take: Take, query: LookupQuery): LookupOutput {
  const isAutomatic = take.boolean("storeOutputAutomatically", false);
  const clears = take.boolean("assignNullValuesIfNoRecordsFound", false);
  const reference = take.optionalElement("outputReference");
  const items = take.elements("outputAssignments").map(readOutputField);
  const ways = [isAutomatic, reference !== undefined, items.length > 0].filter(Boolean).length;
  if (ways !== 1) {
    const detail =
      "A lookup stores what it finds in one way: storeOutputAutomatically, outputReference or outputAssignments.";
    throw new MetadataError(ways === 0 ? "missing_element" : "duplicate", element.place, detail);
  }
  if (reference !== undefined) {
    return { kind: "variable", path: textOf(reference), place: reference.place, clears };
  }
  if (items.length === 0) return { kind: "automatic" };
  if (query.onlyFirst) return { kind: "fields", items, clears };
  const detail = "outputAssignments take the fields of one record; set getFirstRecordOnly to true.";
  throw new MetadataError("bad_value", element.place, detail);
}

function readOutputField(element: XmlElement): OutputField {
  return readElement(element, (take) => ({
    field: take.text("field"),
    target: take.text("assignToReference"),
    place: element.place,
  }));
}

function readTarget(element: XmlElement, take: Take): UpdateTarget {
  const reference = take.optionalElement("inputReference");
  const object = take.optionalElement("object");
  const { filters, logic } = readFilters(take);
  if (reference !== undefined) {
    if (textOf(reference) !== "$Record")
      throw badValue(reference, "$Record; name others by object and filters");
    if (object === undefined && filters.length === 0) return { kind: "own_record" };
    const detail = "<inputReference> says already what is updated; remove it, or object and filters.";
    throw new MetadataError("duplicate", reference.place, detail);
  }
  if (filters.length === 0) {
    const detail = "<recordUpdates> without <filters> would change every record; add filters.";
    throw new MetadataError("missing_element", element.place, detail);
  }
  return { kind: "matching", objectName: take.text("object"), filters, logic };
}
