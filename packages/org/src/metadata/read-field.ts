import type { FieldDefinition, FieldType } from "../org-core.ts";
import { MetadataError } from "./metadata-error.ts";
import type { FieldMetadata } from "./org-metadata.ts";
import { readElement, textOf } from "./read-element.ts";
import type { Take } from "./read-element.ts";
import type { XmlElement } from "./xml-element.ts";

/** Custom field types this org knows; a platform event has only those of `eventTypes`. */
const knownTypes = [
  "Text",
  "Number",
  "Checkbox",
  "DateTime",
  "Date",
  "LongTextArea",
  "TextArea",
  "Currency",
  "Picklist",
  "Lookup",
  "Email",
  "Phone",
  "Url",
] as const;
type CustomType = (typeof knownTypes)[number];

const eventTypes: ReadonlySet<CustomType> = new Set([
  "Text",
  "Number",
  "Checkbox",
  "DateTime",
  "Date",
  "LongTextArea",
]);

const fieldTypes: Readonly<Record<CustomType, FieldType>> = {
  Text: "string",
  Number: "double",
  Checkbox: "boolean",
  DateTime: "datetime",
  Date: "date",
  LongTextArea: "textarea",
  TextArea: "textarea",
  Currency: "currency",
  Picklist: "picklist",
  Lookup: "reference",
  Email: "email",
  Phone: "phone",
  Url: "url",
};

/** Lengths that a field file does not state. */
const fixedLengths: Readonly<Partial<Record<CustomType, number>>> = {
  TextArea: 255,
  Picklist: 255,
  Lookup: 18,
  Email: 80,
  Phone: 40,
  Url: 255,
};

/**
 * Reads a custom field. A picklist that is not restricted takes any value, so it has no values here.
 *
 * @throws {MetadataError}
 */
export function readField(objectName: string, name: string, root: XmlElement): FieldMetadata {
  return readElement(root, (take) => {
    take.harmless("description", "trackHistory", "visibleLines", "externalId", "caseSensitive");
    take.harmless("businessStatus", "complianceGroup", "securityClassification");
    take.harmless("isFilteringDisabled", "isNameField", "isSortingDisabled");
    checkName(take, name);
    const type = take.oneOf("type", knownTypes);
    const isEvent = objectName.endsWith("__e");
    if (isEvent && !eventTypes.has(type)) {
      const detail = `A platform event has no ${type} fields; use one of ${[...eventTypes].join(", ")}.`;
      throw new MetadataError("bad_value", take.element("type").place, detail);
    }
    refuseUnique(take);
    const picklist = readPicklist(take, type);
    const field: FieldDefinition = {
      name,
      label: take.text("label"),
      type: fieldTypes[type],
      length: hasLength(type) ? take.integer("length") : (fixedLengths[type] ?? null),
      precision: isDecimal(type) ? take.integer("precision") : null,
      scale: isDecimal(type) ? take.integer("scale") : null,
      required: take.boolean("required", false),
      createable: true,
      updateable: !isEvent,
      ...readLookup(take, type, name),
      picklistValues: picklist.values,
      defaultValue: type === "Checkbox" ? take.boolean("defaultValue") : picklist.defaultValue,
    };
    const help = take.optionalElement("inlineHelpText");
    return { objectName, field, help: help === undefined ? null : textOf(help), place: root.place };
  });
}

function checkName(take: Take, name: string): void {
  const element = take.element("fullName");
  if (textOf(element) === name) return;
  const detail = `The file name says ${name}, and <fullName> says ${textOf(element)}. Make them equal.`;
  throw new MetadataError("bad_value", element.place, detail);
}

function refuseUnique(take: Take): void {
  const element = take.optionalElement("unique");
  if (element === undefined || textOf(element) === "false") return;
  throw new MetadataError("bad_value", element.place, "This org does not enforce unique fields; remove it.");
}

function hasLength(type: CustomType): boolean {
  return type === "Text" || type === "LongTextArea";
}

function isDecimal(type: CustomType): boolean {
  return type === "Number" || type === "Currency";
}

function readLookup(
  take: Take,
  type: CustomType,
  name: string,
): Pick<FieldDefinition, "referenceTo" | "relationshipName"> {
  if (type !== "Lookup") return { referenceTo: null, relationshipName: null };
  take.oneOf("deleteConstraint", ["SetNull", "Restrict"]);
  take.harmless("relationshipLabel", "relationshipName");
  return { referenceTo: take.text("referenceTo"), relationshipName: name.replace(/__c$/, "__r") };
}

type Picklist = { readonly values: readonly string[]; readonly defaultValue: string | null };

function readPicklist(take: Take, type: CustomType): Picklist {
  if (type !== "Picklist") return { values: [], defaultValue: null };
  return readElement(take.element("valueSet"), (valueSet) => {
    const isRestricted = valueSet.boolean("restricted", false);
    const values = readElement(valueSet.element("valueSetDefinition"), (definition) => {
      definition.harmless("sorted");
      return definition.elements("value").map((value) =>
        readElement(value, (takeValue) => {
          takeValue.harmless("label", "description", "color");
          return { name: takeValue.text("fullName"), isDefault: takeValue.boolean("default") };
        }),
      );
    });
    return {
      values: isRestricted ? values.map((value) => value.name) : [],
      defaultValue: values.find((value) => value.isDefault)?.name ?? null,
    };
  });
}
