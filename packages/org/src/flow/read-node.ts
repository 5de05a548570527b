import { readElement, textOf } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import type { FieldAssignment } from "./flow.ts";
import { takeName } from "./flow-name.ts";
import { readFlowValue } from "./read-flow-value.ts";

/** Reads what every node has, and then its own. @throws {MetadataError} */
export function readNode<Own extends object>(
  element: XmlElement,
  readOwn: (take: Take) => Own,
): Own & { readonly name: string; readonly place: XmlElement["place"] } {
  return readElement(element, (take) => {
    take.harmless("description", "label");
    // The platform deploys no node without them, even where the builder lays out by itself.
    take.element("locationX");
    take.element("locationY");
    return { name: takeName(take), place: element.place, ...readOwn(take) };
  });
}

/** Reads `inputAssignments`: a field and the value it gets. @throws {MetadataError} */
export function readFieldAssignments(take: Take): readonly FieldAssignment[] {
  return take.elements("inputAssignments").map((element) =>
    readElement(element, (takePart) => {
      const field = takePart.element("field");
      const value = readFlowValue(takePart.element("value"));
      return { field: textOf(field), value, place: field.place };
    }),
  );
}
