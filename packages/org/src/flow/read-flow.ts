import { MetadataError } from "../metadata/metadata-error.ts";
import { badValue, readElement, textOf } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import { refuseUnsupported } from "../metadata/refuse-unsupported.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import type { Flow, FlowNode, FlowResource } from "./flow.ts";
import { isApiName } from "./flow-name.ts";
import { readAssignmentNode, readCustomErrorNode, readDecisionNode } from "./read-flow-nodes.ts";
import { readConstant, readFormulaResource, readTextTemplate, readVariable } from "./read-flow-resources.ts";
import { readFlowStart } from "./read-flow-start.ts";
import { readCreateNode, readLookupNode, readUpdateNode } from "./read-record-nodes.ts";

/** Texts for people, the builder's own notes, and settings that change nothing in this org. */
const harmless = [
  "areMetricsLoggedToDataCloud",
  "description",
  "interviewLabel",
  "processMetadataValues",
] as const;

const nodeReaders: Readonly<Record<string, (element: XmlElement) => FlowNode>> = {
  assignments: readAssignmentNode,
  decisions: readDecisionNode,
  recordCreates: readCreateNode,
  recordLookups: readLookupNode,
  recordUpdates: readUpdateNode,
  customErrors: readCustomErrorNode,
};

const resourceReaders: Readonly<Record<string, (element: XmlElement) => FlowResource>> = {
  formulas: readFormulaResource,
  variables: readVariable,
  constants: readConstant,
  textTemplates: readTextTemplate,
};

/** Parts of flows that Salesforce runs and this org does not. */
const unsupported = [
  "actionCalls",
  "apexPluginCalls",
  "choices",
  "collectionFilterCriteria",
  "collectionProcessors",
  "customProperties",
  "dataLookups",
  "dynamicChoiceSets",
  "ends",
  "exitRules",
  "experiments",
  "groups",
  "loops",
  "orchestratedStages",
  "recordDeletes",
  "recordRollbacks",
  "screens",
  "stages",
  "startElementReference",
  "steps",
  "subflows",
  "transforms",
  "waits",
];

const statuses = ["Active", "Draft", "Obsolete", "InvalidDraft", "UnderReview"] as const;
const environments = ["Default", "Slack", "Offline"];
const lastTriggerOrder = 2_000;

/**
 * Reads a record-triggered flow. Names inside it are checked against the org later, by `checkFlow`.
 *
 * @throws {MetadataError} naming the first element or node that this org cannot run.
 */
export function readFlow(name: string, root: XmlElement): Flow {
  checkName(name, root);
  refuseUnsupported(root, unsupported, [...Object.keys(nodeReaders), ...Object.keys(resourceReaders)]);
  return readElement(root, (take) => {
    take.harmless(...harmless);
    take.element("label");
    take.oneOf("processType", ["AutoLaunchedFlow"]);
    // Records have no sharing here, and the one user may do everything: all modes come to the same.
    take.optionalOneOf("runInMode", ["DefaultMode", "SystemModeWithSharing", "SystemModeWithoutSharing"]);
    for (const environment of take.elements("environments")) {
      if (!environments.includes(textOf(environment))) {
        throw badValue(environment, `one of ${environments.join(", ")}`);
      }
    }
    checkApiVersion(take.element("apiVersion"));
    const taken = new Set<string>();
    return {
      name,
      place: root.place,
      isActive: take.oneOf("status", statuses) === "Active",
      triggerOrder: readTriggerOrder(take),
      start: readFlowStart(take.element("start")),
      nodes: readNamed(take, nodeReaders, taken),
      resources: readNamed(take, resourceReaders, taken),
    };
  });
}

function checkName(name: string, root: XmlElement): void {
  if (isApiName(name)) return;
  const detail = `The file name makes the flow "${name}", which is no API name: letters, digits and single underscores, a letter first, no version at the end. Rename the file.`;
  throw new MetadataError("bad_value", root.place, detail);
}

function readTriggerOrder(take: Take): number | null {
  const element = take.optionalElement("triggerOrder");
  if (element === undefined) return null;
  const order = take.integer("triggerOrder");
  if (order >= 1 && order <= lastTriggerOrder) return order;
  throw badValue(element, `a number from 1 to ${lastTriggerOrder}`);
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
