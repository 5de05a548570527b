import { valueTypeOf } from "@sluice/org/metadata";
import type { XmlElement } from "@sluice/org/metadata";
import { childOf, childText, childrenOf } from "../element-children.ts";
import { findingAt } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { documentsOf } from "../sfdx-project.ts";
import type { MetadataDocument } from "../sfdx-project.ts";
import { checkPicklistValue, findField } from "./project-view.ts";
import type { CrossResult, ProjectView } from "./project-view.ts";
import { checkTriggeringRecord } from "./triggering-record.ts";

/** The flow that a test runs, as far as tests can name its parts. */
type TestedFlow = {
  readonly objectName: string;
  readonly operation: string;
  /** Elements on the canvas and outcomes of decisions: what can be visited. */
  readonly elements: ReadonlySet<string>;
  /** Formulas, variables and the like: what has a value. */
  readonly resources: ReadonlySet<string>;
};

const yesOrNo: ReadonlySet<string> = new Set([
  "IsNull",
  "IsBlank",
  "IsEmpty",
  "IsChanged",
  "WasVisited",
  "HasError",
]);
const aboutElements: ReadonlySet<string> = new Set(["WasVisited", "HasError"]);

const valueElements = {
  text: "stringValue",
  number: "numberValue",
  boolean: "booleanValue",
  date: "dateValue",
  datetime: "dateTimeValue",
} as const;

/** Flow tests start a flow that exists with records that fit it, and assert over parts and fields that it has. */
export function checkFlowTests(view: ProjectView): CrossResult {
  const tests = documentsOf(view.project, "flowtest");
  const flows = new Map(documentsOf(view.project, "flow").map((flow) => [flow.name, flow]));
  const tested = new Set(tests.map(({ root }) => childText(root, "flowApiName")));
  const untested = tests.length === 0 ? [] : [...flows.values()].filter(({ name }) => !tested.has(name));
  return {
    seen: tests.length,
    findings: [
      ...untested.map(({ root, name }) =>
        findingAt(root.place, `No flow test runs ${name}. Add one to flowtests/.`),
      ),
      ...tests.flatMap(({ root }) => checkTest(view, root, flows)),
    ],
  };
}

function checkTest(
  view: ProjectView,
  root: XmlElement,
  flows: ReadonlyMap<string, MetadataDocument>,
): readonly Finding[] {
  const named = childOf(root, "flowApiName");
  const document = flows.get(named?.text ?? "");
  if (named === undefined || document === undefined) {
    const message = `There is no flow "${named?.text ?? ""}"; there are ${[...flows.keys()].join(", ")}. Correct the name.`;
    return [findingAt((named ?? root).place, message)];
  }
  const flow = testedFlow(document);
  const points = childrenOf(root, "testPoints");
  const names = points.map((point) => childText(point, "elementApiName")).join(", ");
  return [
    // Required from API 66.0 on, though the WSDL calls it optional.
    ...(childText(root, "testType") === "WithAssertion"
      ? []
      : [findingAt(root.place, "A deployment needs <testType>WithAssertion</testType>. Add it.")]),
    ...(names === "Start, Finish"
      ? []
      : [
          findingAt(
            root.place,
            `A test has the points Start and Finish in this order, and this one "${names}".`,
          ),
        ]),
    ...points.flatMap((point) => [
      ...(childText(point, "elementApiName") === "Start" ? checkStart(view, point, flow) : []),
      ...(childText(point, "elementApiName") === "Finish" ? checkFinish(view, point, flow) : []),
    ]),
  ];
}

function checkStart(view: ProjectView, point: XmlElement, flow: TestedFlow): readonly Finding[] {
  const parameters = childrenOf(point, "parameters");
  const types = parameters.map((parameter) => childText(parameter, "type"));
  // A deployment refuses the updated record for a flow that runs on Create only.
  const needed =
    flow.operation === "Create"
      ? ["InputTriggeringRecordInitial"]
      : ["InputTriggeringRecordInitial", "InputTriggeringRecordUpdated"];
  const isComplete = types.toSorted().join() === needed.join();
  return [
    ...(isComplete
      ? []
      : [
          findingAt(
            point.place,
            `A flow on ${flow.operation} is started with ${needed.join(" and ")}, and not with ${types.join(", ")}.`,
          ),
        ]),
    ...parameters.flatMap((parameter) => checkTriggeringRecord(view, parameter, flow.objectName)),
  ];
}

function checkFinish(view: ProjectView, point: XmlElement, flow: TestedFlow): readonly Finding[] {
  const assertions = childrenOf(point, "assertions");
  if (assertions.length === 0) return [findingAt(point.place, "The test asserts nothing. Add <assertions>.")];
  return assertions.flatMap((assertion) => [
    ...(childText(assertion, "errorMessage") === ""
      ? [findingAt(assertion.place, "A failure has nothing to say. Add <errorMessage>.")]
      : []),
    ...childrenOf(assertion, "conditions").flatMap((condition) => checkCondition(view, condition, flow)),
  ]);
}

function checkCondition(view: ProjectView, condition: XmlElement, flow: TestedFlow): readonly Finding[] {
  const left = childOf(condition, "leftValueReference") ?? condition;
  const operator = childText(condition, "operator");
  const [right] = childOf(condition, "rightValue")?.children ?? [];
  if (right !== undefined && yesOrNo.has(operator) && right.name !== "booleanValue") {
    return [
      findingAt(right.place, `${operator} compares with <booleanValue>, and not with <${right.name}>.`),
    ];
  }
  if (aboutElements.has(operator)) {
    return flow.elements.has(left.text) ? [] : [unknown(left, "element", flow.elements)];
  }
  if (!left.text.startsWith("$Record.")) {
    return flow.resources.has(left.text) ? [] : [unknown(left, "resource", flow.resources)];
  }
  const name = left.text.slice("$Record.".length);
  const field = findField(view, flow.objectName, name, left);
  if (field === undefined) {
    return [findingAt(left.place, `${flow.objectName} has no field "${name}". Correct the name.`)];
  }
  if (right === undefined || yesOrNo.has(operator) || right.name === "elementReference") return [];
  const expected = valueElements[valueTypeOf(field.type)];
  if (right.name !== expected) {
    return [findingAt(right.place, `${name} compares with <${expected}>, and not with <${right.name}>.`)];
  }
  return checkPicklistValue(field, right.text, right);
}

function unknown(at: XmlElement, what: string, known: ReadonlySet<string>): Finding {
  return findingAt(
    at.place,
    `The flow has no ${what} "${at.text}"; it has ${[...known].join(", ")}. Correct the name.`,
  );
}

function testedFlow({ root }: MetadataDocument): TestedFlow {
  const start = childOf(root, "start");
  const named = root.children.filter((child) => childText(child, "name") !== "");
  const nodes = named.filter((child) => childOf(child, "locationX") !== undefined);
  const outcomes = nodes.flatMap((node) => childrenOf(node, "rules"));
  const namesOf = (elements: readonly XmlElement[]): ReadonlySet<string> =>
    new Set(elements.map((element) => childText(element, "name")));
  return {
    objectName: start === undefined ? "" : childText(start, "object"),
    operation: start === undefined ? "" : childText(start, "recordTriggerType"),
    elements: namesOf([...nodes, ...outcomes]),
    resources: namesOf(
      named.filter((child) => !nodes.includes(child) && child.name !== "processMetadataValues"),
    ),
  };
}
