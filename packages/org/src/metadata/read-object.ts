import { isAutoNumberFormat } from "../records/auto-number.ts";
import type { NameFieldMetadata, ObjectMetadata } from "./org-metadata.ts";
import { badValue, readElement } from "./read-element.ts";
import type { Take } from "./read-element.ts";
import type { XmlElement } from "./xml-element.ts";

/** What an object file may say without changing anything here: pages, search, sharing and history. */
const harmlessElements = [
  "actionOverrides",
  "allowInChatterGroups",
  "compactLayoutAssignment",
  "description",
  "enableActivities",
  "enableBulkApi",
  "enableEnhancedLookup",
  "enableFeeds",
  "enableHistory",
  "enableLicensing",
  "enableReports",
  "enableSearch",
  "enableSharing",
  "enableStreamingApi",
  "externalSharingModel",
  "gender",
  "recordTypeTrackHistory",
  "searchLayouts",
  "startsWith",
  "visibility",
] as const;

/**
 * Reads the file of a custom object. Every user may do everything here, so its sharing model is checked and not used.
 *
 * @throws {MetadataError}
 */
export function readCustomObject(name: string, root: XmlElement): ObjectMetadata {
  return readElement(root, (take) => {
    take.harmless(...harmlessElements);
    take.oneOf("deploymentStatus", ["Deployed"]);
    take.oneOf("sharingModel", ["ReadWrite", "Read", "Private", "ControlledByParent"]);
    return {
      kind: "custom",
      name,
      label: take.text("label"),
      pluralLabel: take.text("pluralLabel"),
      nameField: readElement(take.element("nameField"), readNameField),
      place: root.place,
    };
  });
}

/**
 * Reads the file of a standard object, which may stand beside its fields as the platform retrieves it.
 *
 * @throws {MetadataError}
 */
export function readStandardObject(name: string, root: XmlElement): ObjectMetadata {
  return readElement(root, (take) => {
    take.harmless(...harmlessElements, "label", "pluralLabel", "sharingModel");
    return { kind: "standard", name, place: root.place };
  });
}

function readNameField(take: Take): NameFieldMetadata {
  take.harmless("trackHistory", "trackFeedHistory");
  const label = take.text("label");
  const type = take.oneOf("type", ["Text", "AutoNumber"]);
  return type === "Text" ? { label, autoNumber: null } : { label, autoNumber: readAutoNumber(take) };
}

/** The display format and the first number. @throws {MetadataError} bad_value. */
export function readAutoNumber(take: Take): { readonly format: string; readonly startingNumber: number } {
  const element = take.element("displayFormat");
  if (!isAutoNumberFormat(element.text)) {
    throw badValue(
      element,
      "one group of zeros such as {0000}, text, and the date parts {YYYY} {YY} {MM} {DD}",
    );
  }
  return { format: element.text, startingNumber: take.optionalInteger("startingNumber") ?? 1 };
}
