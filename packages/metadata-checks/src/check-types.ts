import type { XmlElement } from "@sluice/org/metadata";
import { findingAt } from "./finding.ts";
import type { CheckResult, Finding } from "./finding.ts";
import type { SfdxProject } from "./sfdx-project.ts";
import type { WsdlProperty, WsdlType, WsdlTypes, WsdlValue } from "./wsdl-types.ts";

/** Every file is what the Metadata WSDL says: elements, their number and order, and the form of their values. */
export function checkTypes(project: SfdxProject, types: WsdlTypes): CheckResult {
  let elements = 0;
  const findings: Finding[] = project.unparsed
    .filter(({ code }) => code !== "malformed_xml")
    .map((error) => findingAt(error, error.detail));
  for (const { root } of project.documents) {
    const type = types.findComponent(root.name);
    if (type === undefined) {
      findings.push(
        findingAt(root.place, `<${root.name}> is no type of the Metadata API. Correct the name.`),
      );
      continue;
    }
    findings.push(...checkElement(root, type, () => (elements += 1)));
  }
  return { seen: { files: project.documents.length, elements }, findings };
}

function checkElement(element: XmlElement, type: WsdlType, onElement: () => void): readonly Finding[] {
  onElement();
  return [
    ...checkLooseText(element),
    ...checkNumberAndOrder(element, type),
    ...element.children.flatMap((child) => {
      const property = type.properties.get(child.name);
      if (property !== undefined) return checkValue(child, property.value, onElement);
      const known = [...type.properties.keys()].toSorted().join(", ");
      return [
        findingAt(
          child.place,
          `${type.name} has no element <${child.name}>. Remove it, or use one of ${known}.`,
        ),
      ];
    }),
  ];
}

function checkLooseText({ place, text, name, children }: XmlElement): readonly Finding[] {
  if (text === "" || children.length === 0) return [];
  return [findingAt(place, `Text stands loose inside <${name}>: "${text.slice(0, 80)}". Remove it.`)];
}

function checkNumberAndOrder(element: XmlElement, type: WsdlType): readonly Finding[] {
  const required = [...type.properties].filter(
    ([name, { isRequired }]) => isRequired && !element.children.some((child) => child.name === name),
  );
  return [
    ...required.map(([name]) => findingAt(element.place, `${type.name} needs <${name}>. Add it.`)),
    ...element.children.flatMap((child, index) =>
      checkRepeat(element, child, index, type.properties.get(child.name)),
    ),
  ];
}

function checkRepeat(
  parent: XmlElement,
  child: XmlElement,
  index: number,
  property: WsdlProperty | undefined,
): readonly Finding[] {
  const isRepeat = parent.children.slice(0, index).some(({ name }) => name === child.name);
  if (property === undefined || !isRepeat) return [];
  if (!property.isList) {
    return [findingAt(child.place, `<${child.name}> may stand in <${parent.name}> once. Remove one.`)];
  }
  if (parent.children[index - 1]?.name === child.name) return [];
  // At deploy: "Element … is duplicated at this location in type …".
  return [
    findingAt(child.place, `All <${child.name}> inside <${parent.name}> must stand together. Move this one.`),
  ];
}

function checkValue(element: XmlElement, value: WsdlValue, onElement: () => void): readonly Finding[] {
  if (value.kind === "object") return checkElement(element, value.type, onElement);
  onElement();
  const { name, text, place, children } = element;
  const [child] = children;
  if (child !== undefined) {
    return [findingAt(child.place, `<${name}> holds text, and no <${child.name}>. Remove it.`)];
  }
  const expected = expectedForm(text, value);
  if (expected === null) return [];
  return [findingAt(place, `<${name}> takes ${expected}, and holds "${text.slice(0, 80)}". Correct it.`)];
}

/** What the text should have been; null when it is right. */
function expectedForm(text: string, value: Exclude<WsdlValue, { kind: "object" }>): string | null {
  switch (value.kind) {
    case "string":
      return null;
    case "boolean":
      return /^(true|false)$/.test(text) ? null : "true or false";
    case "number":
      return /^-?\d+(\.\d+)?$/.test(text) ? null : "a number";
    case "date":
      return Number.isNaN(Date.parse(text)) && !/^\d\d:\d\d:\d\d/.test(text) ? "a date or a time" : null;
    case "enum":
      return value.values.includes(text) ? null : `one of ${value.values.join(", ")}`;
  }
}
