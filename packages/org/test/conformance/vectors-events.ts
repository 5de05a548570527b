import { create, flow, formula, ref } from "./flow-xml.ts";
import type { Fields, FlowParts } from "./flow-xml.ts";
import { eventFile, fieldFile } from "./base-metadata.ts";
import type { Step, Vector } from "./vector.ts";

const own = { Order_Id__c: ref("$Record.Id") };
const go: Step = { update: { Note__c: "go", Count__c: 3 } };

function publishes(fields: Fields, ...more: FlowParts["parts"]): NonNullable<Vector["flows"]> {
  return { Probe: flow({ parts: [create("Publish", "Probe__e", { ...own, ...fields }), ...more] }) };
}

function refusedAtPublish(message: RegExp): readonly Step[] {
  return [{ refuse: { Note__c: "go" }, code: "CANNOT_EXECUTE_FLOW_TRIGGER", message }, { events: [] }];
}

/** B.1 to B.3: the event, its fields and how it behaves. */
export const eventVectors: readonly Vector[] = [
  {
    cites: "B.1: eventType: HighVolume",
    files: Object.fromEntries(
      Object.entries(eventFile("Old__e", "<publishBehavior>PublishAfterCommit</publishBehavior>")).map(
        ([name, text]) => [name, text.replace("HighVolume", "StandardVolume")],
      ),
    ),
    refused: { code: "bad_value", message: /takes one of HighVolume, and holds "StandardVolume"/ },
  },
  {
    cites: "B.1: publishBehavior must be stated: the platform's default tells of saves that were rolled back",
    files: eventFile("Old__e", ""),
    refused: { code: "missing_element", message: /needs <publishBehavior>/ },
  },
  {
    cites: "B.2: only six custom field types exist on a platform event",
    files: fieldFile("Probe__e", "Mail__c", "<type>Email</type>"),
    refused: { code: "bad_value", message: /A platform event has no Email fields/ },
  },
  {
    cites: "B.2: Text: ids are carried as Text 18",
    flows: publishes({}),
    steps: [go, { events: [{ Order_Id__c: "801Hs0000000001IAA" }] }],
  },
  {
    cites: "B.2: maximum length is enforced at publish",
    flows: publishes({ Note__c: "x".repeat(21) }),
    steps: refusedAtPublish(/data value too large/),
  },
  {
    cites: "B.2: precision is enforced at publish",
    flows: publishes({ Amount__c: ref("Much") }, formula("Much", "Number", "10000000 * 10000000 * 1000")),
    steps: refusedAtPublish(/value outside of valid range/),
  },
  {
    cites: "B.2: required is enforced at publish",
    flows: publishes({ Order_Id__c: ref("$Record.PoNumber") }),
    steps: refusedAtPublish(/Required fields are missing/),
  },
  {
    cites: "B.2: Checkbox: defaultValue, never null",
    flows: publishes({}),
    steps: [go, { events: [{ Flag__c: true }] }],
  },
  {
    cites: "B.2: Number: scale",
    flows: publishes({ Amount__c: 1.125 }),
    steps: [go, { events: [{ Amount__c: 1.13 }] }],
  },
  {
    cites: "B.2: DateTime: delivered with milliseconds",
    flows: publishes({ At__c: ref("$Flow.CurrentDateTime") }),
    steps: [{ waitMs: 7 }, go, { events: [{ At__c: Date.UTC(2026, 10, 23, 9) + 7 }] }],
  },
  {
    cites: "B.2: LongTextArea carries more than a Text",
    flows: publishes({ Long__c: "x".repeat(2000) }),
    steps: [go, { events: [{ Long__c: "x".repeat(2000) }] }],
  },
  {
    cites: "B.3: text set to an empty string by a flow stays empty",
    flows: publishes({ Note__c: ref("$GlobalConstant.EmptyString") }),
    steps: [go, { events: [{ Note__c: "" }] }],
  },
  {
    cites: "B.3: a field that is not assigned is null",
    flows: publishes({}),
    steps: [go, { events: [{ Note__c: null, Amount__c: null, At__c: null }] }],
  },
  {
    cites: "B.2: CreatedDate is the org's time",
    flows: publishes({}),
    steps: [{ waitMs: 1_500 }, go, { events: [{ CreatedDate: Date.UTC(2026, 10, 23, 9, 0, 1, 500) }] }],
  },
];
