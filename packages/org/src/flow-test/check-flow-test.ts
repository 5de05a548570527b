import { checkCondition } from "../flow/check-condition.ts";
import { checkFlowValue, requireShape } from "../flow/check-reference.ts";
import type { Flow } from "../flow/flow.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import { resolveField } from "../metadata/resolve-field.ts";
import type { OrgSchema } from "../org-core.ts";
import { elementAsked } from "./element-asked.ts";
import type { FlowTest, FlowTestCondition } from "./flow-test.ts";

/**
 * Checks a flow test against its flow and the org.
 *
 * @throws {MetadataError}
 */
export function checkFlowTest(test: FlowTest, flows: readonly Flow[], schema: OrgSchema): void {
  const flow = flows.find(({ name }) => name === test.flowName);
  if (flow === undefined) {
    const known = flows.map(({ name }) => name).join(", ");
    const detail = `There is no flow ${test.flowName} to test; there are ${known}. Correct <flowApiName>.`;
    throw new MetadataError("unknown_reference", test.place, detail);
  }
  checkSamples(test, flow);
  for (const sample of [test.initial, test.updated]) {
    for (const name of Object.keys(sample?.values ?? {})) {
      if (sample !== null) resolveField(schema, flow.start.objectName, name, sample.place);
    }
  }
  for (const condition of test.assertions.flatMap(({ conditions }) => conditions)) {
    checkTestCondition(flow, schema, condition);
  }
}

/** The platform wants the samples that the flow's trigger needs, and no others. */
function checkSamples(test: FlowTest, flow: Flow): void {
  const { operation } = flow.start;
  if (test.initial === null) {
    const detail = "The test needs a parameter of the type InputTriggeringRecordInitial.";
    throw new MetadataError("missing_element", test.place, detail);
  }
  if (operation === "Create" && test.updated !== null) {
    const detail = "The flow runs on Create, so InputTriggeringRecordUpdated never comes to it. Remove it.";
    throw new MetadataError("bad_value", test.updated.place, detail);
  }
  if (operation === "Update" && test.updated === null) {
    const detail = "The flow runs on Update, so the test needs InputTriggeringRecordUpdated too.";
    throw new MetadataError("missing_element", test.place, detail);
  }
}

function checkTestCondition(flow: Flow, schema: OrgSchema, condition: FlowTestCondition): void {
  const { left, operator, right, place } = condition;
  const subject = `${left} ${operator}`;
  if (elementAsked(flow, condition) !== undefined) {
    requireShape(
      { kind: "scalar", type: "boolean" },
      checkFlowValue(flow, schema, right),
      right.place,
      subject,
    );
    return;
  }
  if (operator === "WasVisited" || operator === "HasError") {
    const detail = `${operator} takes an element of the flow, and "${left}" is none. Correct the name.`;
    throw new MetadataError("unknown_reference", place, detail);
  }
  checkCondition(flow, schema, { left, operator, right, place });
}
