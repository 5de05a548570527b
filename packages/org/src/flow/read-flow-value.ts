import { FormulaError } from "../formula/formula-error.ts";
import { parseFormula } from "../formula/parse-formula.ts";
import { fromText } from "../formula/value.ts";
import type { Value } from "../formula/value.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import { badValue, readElement, textOf } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import { refuseUnsupported } from "../metadata/refuse-unsupported.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import type { FlowValue, Link, Template } from "./flow.ts";

const unsupportedHolders = [
  "apexValue",
  "collectionElements",
  "complexValue",
  "complexValueType",
  "formulaDataType",
  "formulaExpression",
  "inputConfiguratorMode",
  "jsonValue",
  "isReverseValueMapping",
  "setupReference",
  "setupReferenceType",
  "sobjectValue",
  "timeValue",
  "transform",
  "transformValueReference",
  "valueMapName",
];

const valueReaders: readonly (readonly [string, (element: XmlElement) => Value])[] = [
  ["stringValue", (element) => textOf(element)],
  ["numberValue", readNumber],
  ["booleanValue", readBoolean],
  ["dateValue", (element) => readTime(element, "date")],
  ["dateTimeValue", (element) => readTime(element, "datetime")],
];

/**
 * Reads a value holder: a literal or a reference, exactly one. No value at all is null.
 *
 * @throws {MetadataError}
 */
export function readFlowValue(element: XmlElement): FlowValue {
  const { place } = element;
  refuseUnsupported(element, unsupportedHolders, [...valueReaders.map(([name]) => name), "elementReference"]);
  return readElement(element, (take): FlowValue => {
    const found = valueReaders.flatMap(([name, read]): FlowValue[] => {
      const holder = take.optionalElement(name);
      return holder === undefined ? [] : [{ kind: "literal", value: read(holder), place: holder.place }];
    });
    const reference = take.optionalElement("elementReference");
    if (reference !== undefined) {
      found.push({ kind: "reference", path: textOf(reference), place: reference.place });
    }
    const [first, second] = found;
    if (second !== undefined) {
      throw new MetadataError("duplicate", second.place, `<${element.name}> holds more than one value.`);
    }
    return first ?? { kind: "literal", value: null, place };
  });
}

function readNumber(element: XmlElement): number {
  const text = textOf(element);
  const number = Number(text);
  if (text === "" || Number.isNaN(number)) throw badValue(element, "a number");
  return number;
}

function readBoolean(element: XmlElement): boolean {
  const text = textOf(element);
  if (text !== "true" && text !== "false") throw badValue(element, "true or false");
  return text === "true";
}

function readTime(element: XmlElement, type: "date" | "datetime"): Value {
  const value = fromText(type, textOf(element));
  if (value === undefined) throw badValue(element, type === "date" ? "a date" : "a date-time in ISO form");
  return value;
}

/** Reads a connector, which may be missing: then the path ends. */
export function readLink(take: Take, name: string): Link | null {
  const element = take.optionalElement(name);
  if (element === undefined) return null;
  return readElement(element, (takeTarget) => {
    takeTarget.harmless("isGoTo");
    const target = takeTarget.element("targetReference");
    return { target: textOf(target), place: target.place };
  });
}

/** Reads text with merge fields such as `{!$Flow.FaultMessage}`. @throws {MetadataError} bad_formula. */
export function readTemplate(element: XmlElement): Template {
  const parts = textOf(element)
    .split(/(\{![^}]*\})/)
    .filter((part) => part !== "")
    .map((part) => {
      if (!part.startsWith("{!")) return part;
      try {
        return parseFormula(part);
      } catch (reason) {
        if (!(reason instanceof FormulaError)) throw reason;
        throw new MetadataError("bad_formula", element.place, `In "${part}": ${reason.message}.`, {
          cause: reason,
        });
      }
    });
  return { parts, place: element.place };
}
