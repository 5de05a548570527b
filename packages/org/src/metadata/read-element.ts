import { MetadataError } from "./metadata-error.ts";
import type { XmlElement } from "./xml-element.ts";

/** Takes the children of one element by name. What nobody took is refused at the end. */
export type Take = {
  /** @throws {MetadataError} missing_element, or duplicate when it stands there twice. */
  element(name: string): XmlElement;
  optionalElement(name: string): XmlElement | undefined;
  elements(name: string): readonly XmlElement[];
  text(name: string): string;
  optionalText(name: string): string | undefined;
  /** @throws {MetadataError} bad_value naming what is allowed. */
  oneOf<const Value extends string>(name: string, allowed: readonly Value[]): Value;
  optionalOneOf<const Value extends string>(name: string, allowed: readonly Value[]): Value | undefined;
  boolean(name: string, fallback?: boolean): boolean;
  /** A whole number that is not negative. */
  integer(name: string): number;
  optionalInteger(name: string): number | undefined;
  /** Elements that change nothing here: labels, layout, texts for people. */
  harmless(...names: readonly string[]): void;
};

/**
 * Reads an element completely: every child has to be taken by `read`.
 *
 * @throws {MetadataError} unknown_element for a child that was not taken, duplicate for equal children that do not
 *   stand together.
 */
export function readElement<Value>(element: XmlElement, read: (take: Take) => Value): Value {
  refuseStrayText(element);
  refuseScattered(element);
  const taken = new Set<string>();
  const value = read(takeFrom(element, taken));
  const unknown = element.children.find((child) => !taken.has(child.name));
  if (unknown !== undefined) {
    throw new MetadataError(
      "unknown_element",
      unknown.place,
      `<${unknown.name}> is not understood inside <${element.name}>. Remove it, or use what this org knows there: ${[...taken].toSorted().join(", ")}.`,
    );
  }
  return value;
}

function refuseStrayText({ name, place, text, children }: XmlElement): void {
  if (text === "" || children.length === 0) return;
  throw new MetadataError(
    "bad_value",
    place,
    `Text stands loose inside <${name}>: "${text.slice(0, 80)}". Remove it.`,
  );
}

/** The platform deploys no file in which children of one name are interrupted by others. */
function refuseScattered(element: XmlElement): void {
  for (const [index, child] of element.children.entries()) {
    if (index === 0 || element.children[index - 1]?.name === child.name) continue;
    if (!element.children.slice(0, index).some(({ name }) => name === child.name)) continue;
    const detail = `All <${child.name}> inside <${element.name}> must stand together. Move this one to the others.`;
    throw new MetadataError("duplicate", child.place, detail);
  }
}

/** The text of an element that has no children. @throws {MetadataError} unknown_element. */
export function textOf(element: XmlElement): string {
  const [child] = element.children;
  if (child === undefined) return element.text;
  throw new MetadataError(
    "unknown_element",
    child.place,
    `<${element.name}> takes text only; remove <${child.name}>.`,
  );
}

function takeFrom(element: XmlElement, taken: Set<string>): Take {
  const elements = (name: string): readonly XmlElement[] => {
    taken.add(name);
    return element.children.filter((child) => child.name === name);
  };
  const optionalElement = (name: string): XmlElement | undefined => {
    const [first, second] = elements(name);
    if (second !== undefined) {
      throw new MetadataError("duplicate", second.place, `<${name}> may stand here only once.`);
    }
    return first;
  };
  const required = (name: string): XmlElement => optionalElement(name) ?? refuseMissing(element, name);
  const choose = <const Value extends string>(found: XmlElement, allowed: readonly Value[]): Value => {
    const text = textOf(found);
    const value = allowed.find((candidate) => candidate === text);
    if (value !== undefined) return value;
    throw badValue(found, `one of ${allowed.join(", ")}`);
  };
  const wholeNumber = (found: XmlElement): number => {
    const text = textOf(found);
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw badValue(found, "a whole number");
  };
  return {
    element: required,
    optionalElement,
    elements,
    text: (name) => textOf(required(name)),
    optionalText: (name) => map(optionalElement(name), textOf),
    oneOf: (name, allowed) => choose(required(name), allowed),
    optionalOneOf: (name, allowed) => map(optionalElement(name), (found) => choose(found, allowed)),
    boolean: (name, fallback) => {
      const found = optionalElement(name);
      if (found === undefined) return fallback ?? refuseMissing(element, name);
      return choose(found, ["true", "false"]) === "true";
    },
    integer: (name) => wholeNumber(required(name)),
    optionalInteger: (name) => map(optionalElement(name), wholeNumber),
    harmless: (...names) => {
      for (const name of names) taken.add(name);
    },
  };
}

function map<From, To>(value: From | undefined, change: (value: From) => To): To | undefined {
  return value === undefined ? undefined : change(value);
}

/** @throws {MetadataError} always. */
function refuseMissing(element: XmlElement, name: string): never {
  throw new MetadataError("missing_element", element.place, `<${element.name}> needs <${name}>.`);
}

/** The refusal of an element whose text is not what it may be. */
export function badValue(element: XmlElement, expected: string): MetadataError {
  return new MetadataError(
    "bad_value",
    element.place,
    `<${element.name}> takes ${expected}, and holds "${element.text.slice(0, 80)}".`,
  );
}
