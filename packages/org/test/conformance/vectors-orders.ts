import { assign, create, flow, ref, refuse, updateOwn } from "./flow-xml.ts";
import { ruleFile } from "./base-metadata.ts";
import type { Vector } from "./vector.ts";

function trace(name: string, order?: number): string {
  const parts = [assign("Add_Trace", [["$Record.Trace__c", "Add", name]])];
  return flow({ name, timing: "RecordBeforeSave", ...(order === undefined ? {} : { order }), parts });
}

const publish = create("Publish", "Probe__e", {
  Order_Id__c: ref("$Record.Id"),
  Note__c: ref("$Record.Note__c"),
});

/** C.4: the order of one save; D.2: the life of an order. */
export const orderVectors: readonly Vector[] = [
  {
    cites: "C.4: system validation comes before before-save flows",
    flows: { Probe: flow({ timing: "RecordBeforeSave", parts: [refuse("Stop", "flow")] }) },
    steps: [{ refuse: { Note__c: "x".repeat(41) }, code: "STRING_TOO_LONG" }],
  },
  {
    cites: "C.4: before-save flows come before validation rules",
    flows: {
      Probe: flow({
        timing: "RecordBeforeSave",
        parts: [assign("Repair", [["$Record.Note__c", "Assign", "good"]])],
      }),
    },
    files: ruleFile("Only_Good", 'Note__c <> "good"'),
    steps: [{ update: { Note__c: "bad" } }, { order: { Note__c: "good" } }],
  },
  {
    cites: "C.4: system validation again after before-save flows",
    flows: {
      Probe: flow({
        timing: "RecordBeforeSave",
        parts: [assign("Spoil", [["$Record.Note__c", "Assign", "x".repeat(41)]])],
      }),
    },
    steps: [{ refuse: { PoNumber: "1" }, code: "STRING_TOO_LONG" }, { order: { PoNumber: null } }],
  },
  {
    cites: "C.4: validation rules come before after-save flows",
    flows: { Probe: flow({ parts: [create("Log", "Log__e", { Note__c: "ran" })] }) },
    files: ruleFile("Never", "TRUE"),
    steps: [
      { refuse: { PoNumber: "1" }, code: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: /Never refuses/ },
      { events: [], of: "Log__e" },
    ],
  },
  {
    cites: "C.4: an after-save flow sees what before-save flows made of the record",
    flows: {
      Before: flow({
        name: "Before",
        timing: "RecordBeforeSave",
        parts: [assign("Set_Note", [["$Record.Note__c", "Assign", "made"]])],
      }),
      Probe: flow({ parts: [publish] }),
    },
    steps: [{ update: { PoNumber: "1" } }, { events: [{ Note__c: "made" }] }],
  },
  {
    cites: "C.4: within a stage flows run by triggerOrder ascending",
    flows: { A: trace("A", 30), B: trace("B", 20), C: trace("C", 10) },
    steps: [{ update: { PoNumber: "1" } }, { order: { Trace__c: "CBA" } }],
  },
  {
    cites: "C.4: flows without a number run after 1–1000 and before 1001–2000",
    flows: { A: trace("A", 1001), B: trace("B"), C: trace("C", 1000) },
    steps: [{ update: { PoNumber: "1" } }, { order: { Trace__c: "CBA" } }],
  },
  {
    cites: "C.4: a flow of the stage starts by what the flows before it made of the record",
    flows: {
      A: flow({
        name: "A",
        order: 1,
        timing: "RecordBeforeSave",
        parts: [assign("Set_Note", [["$Record.Note__c", "Assign", "go"]])],
      }),
      B: flow({
        name: "B",
        order: 2,
        timing: "RecordBeforeSave",
        where: [["Note__c", "EqualTo", "go"]],
        parts: [assign("Add_Trace", [["$Record.Trace__c", "Assign", "went"]])],
      }),
    },
    steps: [{ update: { PoNumber: "1" } }, { order: { Trace__c: "went" } }],
  },
  {
    cites:
      "C.4: an after-save flow that updates its own record starts a second save: rules are evaluated again",
    flows: {
      Probe: flow({
        where: [["Note__c", "IsNull", true]],
        parts: [updateOwn("Set_Note", { Note__c: "bad" })],
      }),
    },
    files: ruleFile("No_Bad", 'Note__c = "bad"'),
    steps: [
      { refuse: { PoNumber: "1" }, code: "CANNOT_EXECUTE_FLOW_TRIGGER", message: /No_Bad refuses/ },
      { order: { PoNumber: null } },
    ],
  },
  {
    cites: "C.4: in the second save flows are evaluated with the new old-state",
    flows: {
      Probe: flow({
        changed: true,
        where: [["Status", "EqualTo", "Approved"]],
        parts: [updateOwn("Set_Note", { Note__c: "second" })],
      }),
      Watch: flow({ name: "Watch", where: [["Note__c", "IsChanged", true]], parts: [publish] }),
    },
    steps: [{ update: { Status: "Approved" } }, { events: [{ Note__c: "second" }] }],
  },
  {
    cites: "C.4: with the changed-flag the publishing flow does not fire twice",
    flows: {
      Probe: flow({
        changed: true,
        where: [["Status", "EqualTo", "Approved"]],
        parts: [
          create("Publish", "Probe__e", { Order_Id__c: ref("$Record.Id") }, { next: "Set_Note" }),
          updateOwn("Set_Note", { Note__c: "second" }),
        ],
      }),
    },
    steps: [{ update: { Status: "Approved" } }, { events: [{}] }, { order: { Note__c: "second" } }],
  },
  {
    cites: "C.1: the emulator runs only Active",
    flows: { Probe: flow({ status: "Draft", parts: [publish] }) },
    warned: /Probe: its status is not Active/,
    steps: [{ update: { PoNumber: "1" } }, { events: [] }],
  },
  {
    cites: "C.1: the running user is still the operator, stamped on the event's CreatedById",
    flows: { Probe: flow({ parts: [publish] }) },
    steps: [{ update: { PoNumber: "1" } }, { events: [{ CreatedById: "005Hs0000000001IAA" }] }],
  },
  {
    cites: "C.1: run modes and environments come to the same where everybody may do everything",
    flows: {
      Probe: flow({
        extra:
          "<environments>Default</environments><environments>Slack</environments><runInMode>SystemModeWithSharing</runInMode>",
        start: "<flowRunAsUser>TriggeringUser</flowRunAsUser>",
        parts: [publish],
      }),
    },
    steps: [{ update: { PoNumber: "1" } }, { events: [{}] }],
  },
  {
    cites: "D.2: create: StatusCode must be Draft",
    steps: [{ refuse: { Status: "Activated" }, isNew: true, code: "FAILED_ACTIVATION" }],
  },
  {
    cites: "D.2: Draft → Activated: an update in which only Status changes",
    steps: [
      { refuse: { Status: "Activated", PoNumber: "1" }, code: "FAILED_ACTIVATION" },
      { update: { Status: "Activated" } },
      { order: { StatusCode: "Activated" } },
    ],
  },
  {
    cites: "D.2: the order must have at least one line",
    steps: [{ create: {} }, { refuse: { Status: "Activated" }, code: "FAILED_ACTIVATION" }],
  },
  {
    cites: "D.2: back to Draft is allowed when no reduction lines exist",
    steps: [
      { update: { Status: "Activated" } },
      { update: { Status: "Draft" } },
      { order: { StatusCode: "Draft" } },
    ],
  },
  {
    cites: "D.2: an unknown status is refused as INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    steps: [{ refuse: { Status: "Aproved" }, code: "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" }],
  },
  {
    cites: "D.2: guard transitions with a validation rule (ISCHANGED, PRIORVALUE, ISPICKVAL)",
    files: ruleFile(
      "No_Way_Back",
      'AND(ISCHANGED(Status), ISPICKVAL(PRIORVALUE(Status), "Approved"), ISPICKVAL(Status, "Draft"))',
    ),
    steps: [
      { update: { Status: "Approved" } },
      { refuse: { Status: "Draft" }, code: "FIELD_CUSTOM_VALIDATION_EXCEPTION" },
      { update: { Status: "In Review" } },
      { update: { Status: "Draft" } },
    ],
  },
];
