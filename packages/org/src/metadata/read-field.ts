import type { FieldDefinition, FieldType } from "../org-core.ts";
import { MetadataError } from "./metadata-error.ts";
import type { FieldMetadata } from "./org-metadata.ts";
import { readElement, textOf } from "./read-element.ts";
import type { Take } from "./read-element.ts";
import { readAutoNumber } from "./read-object.ts";
import { readPicklist } from "./read-picklist.ts";
import type { XmlElement } from "./xml-element.ts";

/** What this org knows of each custom field type. */
type TypeRule = {
  readonly type: FieldType;
  /** The length that a field file does not state; `stated` for one that it does. */
  readonly length?: number | "stated";
  readonly isDecimal?: true;
  readonly isOnEvents?: true;
  readonly canBeUnique?: true;
  readonly canBeExternalId?: true;
};

const typeRules = {
  Text: { type: "string", length: "stated", isOnEvents: true, canBeUnique: true, canBeExternalId: true },
  Number: { type: "double", isDecimal: true, isOnEvents: true, canBeUnique: true, canBeExternalId: true },
  Checkbox: { type: "boolean", isOnEvents: true },
  DateTime: { type: "datetime", isOnEvents: true },
  Date: { type: "date", isOnEvents: true },
  LongTextArea: { type: "textarea", length: "stated", isOnEvents: true },
  TextArea: { type: "textarea", length: 255 },
  Currency: { type: "currency", isDecimal: true },
  Percent: { type: "percent", isDecimal: true },
  Picklist: { type: "picklist", length: 255 },
  MultiselectPicklist: { type: "multipicklist", length: 4_099 },
  Lookup: { type: "reference", length: 18 },
  MasterDetail: { type: "reference", length: 18 },
  AutoNumber: { type: "string", length: 30, canBeExternalId: true },
  Email: { type: "email", length: 80, canBeUnique: true, canBeExternalId: true },
  Phone: { type: "phone", length: 40 },
  Url: { type: "url", length: 255 },
} as const satisfies Readonly<Record<string, TypeRule>>;

type CustomType = keyof typeof typeRules;
const knownTypes = Object.keys(typeRules).filter((name): name is CustomType => name in typeRules);

/**
 * Reads a custom field. A picklist that is not restricted takes any value, so it has no values here.
 *
 * @throws {MetadataError}
 */
export function readField(objectName: string, name: string, root: XmlElement): FieldMetadata {
  return readElement(root, (take) => {
    take.harmless("description", "trackHistory", "trackFeedHistory", "visibleLines");
    take.harmless("businessStatus", "complianceGroup", "securityClassification");
    take.harmless("isFilteringDisabled", "isNameField", "isSortingDisabled");
    checkName(take, name);
    refuseFormula(take);
    const type = take.oneOf("type", knownTypes);
    const rule: TypeRule = typeRules[type];
    const isEvent = objectName.endsWith("__e");
    if (isEvent && rule.isOnEvents !== true) {
      const allowed = knownTypes.filter((known) => "isOnEvents" in typeRules[known]);
      const detail = `A platform event has no ${type} fields; use one of ${allowed.join(", ")}.`;
      throw new MetadataError("bad_value", take.element("type").place, detail);
    }
    const { globalValueSet, ...picklist } = readValuesOf(take, type);
    const isRequired = take.boolean("required", false) || type === "MasterDetail";
    const isWritten = type !== "AutoNumber";
    const field: FieldDefinition = {
      name,
      label: take.text("label"),
      type: rule.type,
      length: rule.length === "stated" ? take.integer("length") : (rule.length ?? null),
      precision: rule.isDecimal === true ? take.integer("precision") : null,
      scale: rule.isDecimal === true ? take.integer("scale") : null,
      required: isRequired,
      createable: isWritten,
      updateable: isWritten && !isEvent,
      referenceTo: null,
      relationshipName: null,
      ...picklist,
      ...(type === "Checkbox" ? { defaultValue: take.boolean("defaultValue") } : {}),
      ...readReference(take, type, name, isRequired),
      ...readKeyFlags(take, rule, isEvent),
      ...(type === "AutoNumber" ? { autoNumber: readAutoNumber(take) } : {}),
    };
    const help = take.optionalText("inlineHelpText") ?? null;
    return { objectName, field, help, globalValueSet, place: root.place };
  });
}

function checkName(take: Take, name: string): void {
  const element = take.element("fullName");
  if (textOf(element) === name) return;
  const detail = `The file name says ${name}, and <fullName> says ${textOf(element)}. Make them equal.`;
  throw new MetadataError("bad_value", element.place, detail);
}

function refuseFormula(take: Take): void {
  const formula = take.optionalElement("formula");
  if (formula === undefined) return;
  const detail = "This org does not compute formula fields. Remove the field, or let a flow fill it.";
  throw new MetadataError("unknown_element", formula.place, detail);
}

/** @throws {MetadataError} bad_value where the type, or an event, cannot have the flag. */
function readKeyFlags(
  take: Take,
  rule: TypeRule,
  isEvent: boolean,
): Pick<FieldDefinition, "unique" | "externalId" | "caseSensitive"> {
  const refuse = (name: string, who: string): void => {
    const detail = `${who} cannot have <${name}>true</${name}>. Remove it.`;
    throw new MetadataError("bad_value", take.element(name).place, detail);
  };
  const who = isEvent ? "A field of a platform event" : "A field of this type";
  const unique = take.boolean("unique", false);
  const externalId = take.boolean("externalId", false);
  if (unique && (isEvent || rule.canBeUnique !== true)) refuse("unique", who);
  if (externalId && (isEvent || rule.canBeExternalId !== true)) refuse("externalId", who);
  const caseSensitive = take.boolean("caseSensitive", false);
  return {
    ...(unique ? { unique } : {}),
    ...(externalId ? { externalId } : {}),
    ...(caseSensitive ? { caseSensitive } : {}),
  };
}

/** A required lookup holds its parent fast; the details of a master are deleted with it. */
function readReference(
  take: Take,
  type: CustomType,
  name: string,
  isRequired: boolean,
): Partial<FieldDefinition> {
  if (type !== "Lookup" && type !== "MasterDetail") return {};
  take.harmless("relationshipLabel");
  const childName = take.optionalText("relationshipName");
  const reference = {
    referenceTo: take.text("referenceTo"),
    relationshipName: name.replace(/__c$/, "__r"),
    ...(childName === undefined ? {} : { childRelationshipName: `${childName}__r` }),
  };
  if (type === "MasterDetail") {
    take.harmless("relationshipOrder", "writeRequiresMasterRead");
    return {
      ...reference,
      updateable: take.boolean("reparentableMasterDetail", false),
      onParentDelete: "cascade",
    };
  }
  const constraint = take.optionalOneOf("deleteConstraint", ["SetNull", "Restrict"]);
  const isRestricted = constraint === "Restrict" || isRequired;
  return { ...reference, onParentDelete: isRestricted ? "restrict" : "clear" };
}

function readValuesOf(
  take: Take,
  type: CustomType,
): Pick<FieldDefinition, "picklistValues" | "defaultValue"> & Pick<FieldMetadata, "globalValueSet"> {
  const none = { picklistValues: [], defaultValue: null, globalValueSet: null };
  if (type !== "Picklist" && type !== "MultiselectPicklist") return none;
  const { isRestricted, source } = readPicklist(take.element("valueSet"));
  if (source.kind === "global") return { ...none, globalValueSet: { name: source.name, isRestricted } };
  return {
    picklistValues: isRestricted ? source.values.map((value) => value.name) : [],
    defaultValue: source.values.find((value) => value.isDefault)?.name ?? null,
    globalValueSet: null,
  };
}
