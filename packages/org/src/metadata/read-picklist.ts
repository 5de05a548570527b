import { MetadataError } from "./metadata-error.ts";
import type { GlobalValueSet } from "./org-metadata.ts";
import { readElement } from "./read-element.ts";
import type { Take } from "./read-element.ts";
import type { XmlElement } from "./xml-element.ts";

type PicklistValue = { readonly name: string; readonly isDefault: boolean };

/** A picklist's own values, or the global set that it takes them from. */
export type Picklist = {
  readonly isRestricted: boolean;
  readonly source:
    | { readonly kind: "own"; readonly values: readonly PicklistValue[] }
    | { readonly kind: "global"; readonly name: string };
};

/** Reads the `<valueSet>` of a picklist field. @throws {MetadataError} */
export function readPicklist(element: XmlElement): Picklist {
  return readElement(element, (take) => {
    const isRestricted = take.boolean("restricted", false);
    const setName = take.optionalText("valueSetName");
    const definition = take.optionalElement("valueSetDefinition");
    if (setName !== undefined && definition === undefined) {
      return { isRestricted, source: { kind: "global", name: setName } };
    }
    if (definition === undefined || setName !== undefined) {
      const detail =
        "A picklist takes its values from <valueSetDefinition> or from <valueSetName>; give one of them.";
      throw new MetadataError("bad_value", element.place, detail);
    }
    const values = readElement(definition, (takeDefinition) => {
      takeDefinition.harmless("sorted");
      return readValues(takeDefinition, "value");
    });
    return { isRestricted, source: { kind: "own", values } };
  });
}

/** @throws {MetadataError} */
export function readGlobalValueSet(name: string, root: XmlElement): GlobalValueSet {
  return readElement(root, (take) => {
    take.harmless("description", "masterLabel", "sorted");
    return { name, values: readValues(take, "customValue") };
  });
}

function readValues(take: Take, elementName: string): readonly PicklistValue[] {
  const values = take.elements(elementName).map((value) =>
    readElement(value, (takeValue) => {
      takeValue.harmless("label", "description", "color");
      const found = { name: takeValue.text("fullName"), isDefault: takeValue.boolean("default") };
      return { ...found, isActive: takeValue.boolean("isActive", true) };
    }),
  );
  return values.filter(({ isActive }) => isActive).map(({ name, isDefault }) => ({ name, isDefault }));
}
