import { z } from "zod";
import { conditionOperators } from "../flow/read-condition.ts";
import { readFlowValue } from "../flow/read-flow-value.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import { badValue, readElement, textOf } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import { refuseUnsupported } from "../metadata/refuse-unsupported.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import type { FlowTest, FlowTestAssertion, FlowTestCondition, SampleRecord } from "./flow-test.ts";

const sampleValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

const unsupported = [
  "doesSkipStartConditions",
  "doesTestWaitElement",
  "flowTestDataSources",
  "flowTestFlowVersions",
  "isolatedObjectExternalKeys",
  "runTestAsUser",
];

/** Reads the type FlowTest of the Metadata API, as far as record-triggered flows need it. @throws {MetadataError} */
export function readFlowTest(name: string, root: XmlElement): FlowTest {
  refuseUnsupported(root, unsupported, ["flowApiName", "label", "testPoints"]);
  return readElement(root, (take) => {
    take.harmless("description", "isSubflowUseLatestFlowVer");
    // Each test has an org of its own, so nothing of it stays.
    take.optionalOneOf("doesCommitChanges", ["false"]);
    take.optionalOneOf("testType", ["WithAssertion"]);
    const points = take.elements("testPoints");
    const [start, finish] = points;
    if (start === undefined || finish === undefined || points.length > 2) {
      const detail = "A flow test has two <testPoints>: Start, and then Finish.";
      throw new MetadataError("missing_element", root.place, detail);
    }
    return {
      name,
      label: take.text("label"),
      flowName: take.text("flowApiName"),
      place: root.place,
      ...readStart(start),
      assertions: readFinish(finish),
    };
  });
}

function readStart(element: XmlElement): Pick<FlowTest, "initial" | "updated"> {
  return readPoint(element, "Start", (take) => {
    const samples = new Map<string, SampleRecord>();
    for (const parameter of take.elements("parameters")) {
      const { type, sample } = readParameter(parameter);
      if (samples.has(type))
        throw new MetadataError("duplicate", parameter.place, `${type} stands here twice.`);
      samples.set(type, sample);
    }
    return {
      initial: samples.get("InputTriggeringRecordInitial") ?? null,
      updated: samples.get("InputTriggeringRecordUpdated") ?? null,
    };
  });
}

function readFinish(element: XmlElement): readonly FlowTestAssertion[] {
  const assertions = readPoint(element, "Finish", (take) => take.elements("assertions").map(readAssertion));
  if (assertions.length > 0) return assertions;
  throw new MetadataError(
    "missing_element",
    element.place,
    "The test asserts nothing; give it <assertions>.",
  );
}

function readPoint<Value>(element: XmlElement, name: string, read: (take: Take) => Value): Value {
  refuseUnsupported(element, ["isUseMockOutput", "pathAfterMockOutput"], ["assertions", "parameters"]);
  return readElement(element, (take) => {
    take.oneOf("elementApiName", [name]);
    return read(take);
  });
}

function readParameter(element: XmlElement) {
  return readElement(element, (take) => {
    take.oneOf("leftValueReference", ["$Record"]);
    const type = take.oneOf("type", ["InputTriggeringRecordInitial", "InputTriggeringRecordUpdated"]);
    const json = readElement(take.element("value"), (takeValue) => takeValue.element("sobjectValue"));
    return { type, sample: { values: readSample(json), place: json.place } };
  });
}

function readSample(element: XmlElement): SampleRecord["values"] {
  try {
    return sampleValues.parse(JSON.parse(textOf(element)));
  } catch (reason) {
    if (reason instanceof MetadataError) throw reason;
    throw badValue(element, "a JSON object of field names and single values");
  }
}

function readAssertion(element: XmlElement): FlowTestAssertion {
  return readElement(element, (take) => {
    const conditions = take.elements("conditions").map(readCondition);
    if (conditions.length === 0) {
      throw new MetadataError("missing_element", element.place, "<assertions> needs <conditions>.");
    }
    return { conditions, errorMessage: take.optionalText("errorMessage") ?? null };
  });
}

function readCondition(element: XmlElement): FlowTestCondition {
  return readElement(element, (take) => {
    const operator = take.oneOf("operator", [...conditionOperators, "WasVisited", "HasError"]);
    const right = take.optionalElement("rightValue");
    const isAboutElement = operator === "WasVisited" || operator === "HasError";
    const missing = { kind: "literal", value: isAboutElement ? true : null, place: element.place } as const;
    return {
      left: take.text("leftValueReference"),
      operator,
      right: right === undefined ? missing : readFlowValue(right),
      place: element.place,
    };
  });
}
