import { readFormula } from "../formula/formula.ts";
import type { ValueType } from "../formula/value.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import { readElement } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import type { FlowResource } from "./flow.ts";
import type { DataShape, SingleShape } from "./flow-data.ts";
import { takeName } from "./flow-name.ts";
import { readFlowValue, readTemplate } from "./read-flow-value.ts";

/** The data types of single values that this org knows, as flow files call them. */
const valueTypes = {
  String: "text",
  Picklist: "text",
  Number: "number",
  Currency: "number",
  Boolean: "boolean",
  Date: "date",
  DateTime: "datetime",
} as const satisfies Readonly<Record<string, ValueType>>;

const formulaTypes = ["String", "Number", "Currency", "Boolean", "Date", "DateTime"] as const;
const constantTypes = [...formulaTypes, "Picklist"] as const;
const variableTypes = [...constantTypes, "SObject"] as const;

/** @throws {MetadataError} */
export function readFormulaResource(element: XmlElement): FlowResource {
  return readElement(element, (take) => {
    take.harmless("description");
    return {
      kind: "formula",
      name: takeName(take),
      place: element.place,
      type: valueTypes[take.optionalOneOf("dataType", formulaTypes) ?? "Number"],
      formula: readFormula(take.element("expression")),
      scale: take.optionalInteger("scale") ?? null,
    };
  });
}

/** @throws {MetadataError} */
export function readVariable(element: XmlElement): FlowResource {
  return readElement(element, (take) => {
    take.harmless("description", "scale", "isInput", "isOutput");
    const initial = take.optionalElement("value");
    const shape = readShape(take);
    if (initial !== undefined && shape.kind !== "scalar") {
      const detail = "Only a variable for a single value starts with one. Remove the value.";
      throw new MetadataError("bad_value", initial.place, detail);
    }
    return {
      kind: "variable",
      name: takeName(take),
      place: element.place,
      shape,
      initial: initial === undefined ? null : readFlowValue(initial),
    };
  });
}

function readShape(take: Take): DataShape {
  const type = take.oneOf("dataType", variableTypes);
  const single: SingleShape =
    type === "SObject"
      ? { kind: "record", objectName: take.text("objectType") }
      : { kind: "scalar", type: valueTypes[type] };
  return take.boolean("isCollection", false) ? { kind: "collection", of: single } : single;
}

/** @throws {MetadataError} */
export function readConstant(element: XmlElement): FlowResource {
  return readElement(element, (take) => {
    take.harmless("description");
    return {
      kind: "constant",
      name: takeName(take),
      place: element.place,
      type: valueTypes[take.oneOf("dataType", constantTypes)],
      value: readFlowValue(take.element("value")),
    };
  });
}

/** @throws {MetadataError} */
export function readTextTemplate(element: XmlElement): FlowResource {
  return readElement(element, (take) => {
    take.harmless("description", "isViewedAsPlainText");
    return {
      kind: "template",
      name: takeName(take),
      place: element.place,
      text: readTemplate(take.element("text")),
    };
  });
}
