import { readFormula } from "../formula/formula.ts";
import type { PermissionSet, StandardValueSet, ValidationRule } from "./org-metadata.ts";
import { readElement, textOf } from "./read-element.ts";
import type { XmlElement } from "./xml-element.ts";

/** @throws {MetadataError} */
export function readValidationRule(objectName: string, name: string, root: XmlElement): ValidationRule {
  return readElement(root, (take) => {
    take.harmless("fullName", "description");
    return {
      objectName,
      name,
      isActive: take.boolean("active"),
      condition: readFormula(take.element("errorConditionFormula")),
      message: take.text("errorMessage"),
      field: take.optionalText("errorDisplayField") ?? null,
      place: root.place,
    };
  });
}

/** @throws {MetadataError} */
export function readValueSet(name: string, root: XmlElement): StandardValueSet {
  return readElement(root, (take) => {
    take.harmless("sorted", "groupingStringEnum");
    const values = take.elements("standardValue").map((value) =>
      readElement(value, (takeValue) => {
        takeValue.harmless("label", "description", "color");
        return {
          name: takeValue.text("fullName"),
          isDefault: takeValue.boolean("default"),
          group: takeValue.optionalText("groupingString") ?? null,
        };
      }),
    );
    return { name, values, place: root.place };
  });
}

/** @throws {MetadataError} */
export function readPermissionSet(name: string, root: XmlElement): PermissionSet {
  return readElement(root, (take) => {
    take.harmless("hasActivationRequired");
    const userPermissions = take.elements("userPermissions").flatMap((permission) =>
      readElement(permission, (takePermission) => {
        const isEnabled = takePermission.boolean("enabled");
        const permissionName = takePermission.text("name");
        return isEnabled ? [permissionName] : [];
      }),
    );
    const fields = take.elements("fieldPermissions").map((permission) =>
      readElement(permission, (takePermission) => {
        takePermission.boolean("editable");
        takePermission.boolean("readable");
        const field = takePermission.element("field");
        return { path: textOf(field), place: field.place };
      }),
    );
    const objects = take.elements("objectPermissions").map((permission) =>
      readElement(permission, (takePermission) => {
        takePermission.harmless("viewAllFields");
        const object = takePermission.element("object");
        const rights = {
          allowCreate: takePermission.boolean("allowCreate"),
          allowDelete: takePermission.boolean("allowDelete"),
          allowEdit: takePermission.boolean("allowEdit"),
          allowRead: takePermission.boolean("allowRead"),
          modifyAllRecords: takePermission.boolean("modifyAllRecords"),
          viewAllRecords: takePermission.boolean("viewAllRecords"),
        };
        return { name: textOf(object), rights, place: object.place };
      }),
    );
    const label = take.optionalText("label") ?? name;
    const description = take.optionalText("description") ?? null;
    return { name, label, description, userPermissions, fields, objects };
  });
}
