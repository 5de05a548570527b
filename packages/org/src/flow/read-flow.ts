import { readFormula } from "../formula/formula.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import { badValue, readElement } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import type { Flow, FlowNode, FlowResource } from "./flow.ts";
import {
  readAssignmentNode,
  readCreateNode,
  readCustomErrorNode,
  readDecisionNode,
} from "./read-flow-nodes.ts";
import { readFlowStart } from "./read-flow-start.ts";
import { dataTypes, readFlowValue, readTemplate, valueTypeOfData } from "./read-flow-value.ts";

/** Texts for people, the builder's own notes, and settings that change nothing in this org. */
const harmless = [
  "areMetricsLoggedToDataCloud",
  "description",
  "environments",
  "interviewLabel",
  "label",
  "processMetadataValues",
] as const;

const nodeReaders: Readonly<Record<string, (element: XmlElement) => FlowNode>> = {
  assignments: readAssignmentNode,
  decisions: readDecisionNode,
  recordCreates: readCreateNode,
  customErrors: readCustomErrorNode,
};

const resourceReaders: Readonly<Record<string, (element: XmlElement) => FlowResource>> = {
  formulas: readFormulaResource,
  variables: readVariable,
  constants: readConstant,
  textTemplates: readTextTemplate,
};

const statuses = ["Active", "Draft", "Obsolete", "InvalidDraft"] as const;

/**
 * Reads a record-triggered flow. Names inside it are checked against the org later, by `checkFlow`.
 *
 * @throws {MetadataError} naming the first element or node that this org cannot run.
 */
export function readFlow(name: string, root: XmlElement): Flow {
  return readElement(root, (take) => {
    take.harmless(...harmless);
    take.oneOf("processType", ["AutoLaunchedFlow"]);
    take.optionalOneOf("runInMode", ["DefaultMode", "SystemModeWithoutSharing"]);
    checkApiVersion(take.element("apiVersion"));
    const taken = new Set<string>();
    return {
      name,
      place: root.place,
      isActive: take.oneOf("status", statuses) === "Active",
      triggerOrder: take.optionalInteger("triggerOrder") ?? null,
      start: readFlowStart(take.element("start")),
      nodes: readNamed(take, nodeReaders, taken),
      resources: readNamed(take, resourceReaders, taken),
    };
  });
}

/** Runs one reader for each element name. Two things in a flow never share a name, whatever they are. */
function readNamed<Item extends { readonly name: string; readonly place: XmlElement["place"] }>(
  take: Take,
  readers: Readonly<Record<string, (element: XmlElement) => Item>>,
  taken: Set<string>,
): ReadonlyMap<string, Item> {
  const items = Object.entries(readers).flatMap(([name, read]) => take.elements(name).map(read));
  for (const item of items) {
    if (taken.has(item.name)) {
      const detail = `Two parts of the flow are called ${item.name}. Rename one.`;
      throw new MetadataError("duplicate", item.place, detail);
    }
    taken.add(item.name);
  }
  return new Map(items.map((item) => [item.name, item]));
}

/** The version decides how a flow behaves at run time; this org behaves as the versions from 60 on. */
function checkApiVersion(element: XmlElement): void {
  if (/^\d+\.0$/.test(element.text) && Number(element.text) >= 60) return;
  throw badValue(element, "an API version from 60.0 on");
}

function readFormulaResource(element: XmlElement): FlowResource {
  return readElement(element, (take) => {
    take.harmless("description");
    return {
      kind: "formula",
      name: take.text("name"),
      place: element.place,
      type: valueTypeOfData(take.oneOf("dataType", dataTypes)),
      formula: readFormula(take.element("expression")),
      scale: take.optionalInteger("scale") ?? null,
    };
  });
}

function readVariable(element: XmlElement): FlowResource {
  return readElement(element, (take) => {
    take.harmless("description", "scale", "isInput", "isOutput");
    take.optionalOneOf("isCollection", ["false"]);
    const initial = take.optionalElement("value");
    return {
      kind: "variable",
      name: take.text("name"),
      place: element.place,
      type: valueTypeOfData(take.oneOf("dataType", dataTypes)),
      initial: initial === undefined ? null : readFlowValue(initial),
    };
  });
}

function readConstant(element: XmlElement): FlowResource {
  return readElement(element, (take) => {
    take.harmless("description");
    return {
      kind: "constant",
      name: take.text("name"),
      place: element.place,
      type: valueTypeOfData(take.oneOf("dataType", dataTypes)),
      value: readFlowValue(take.element("value")),
    };
  });
}

function readTextTemplate(element: XmlElement): FlowResource {
  return readElement(element, (take) => {
    take.harmless("description", "isViewedAsPlainText");
    return {
      kind: "template",
      name: take.text("name"),
      place: element.place,
      text: readTemplate(take.element("text")),
    };
  });
}
