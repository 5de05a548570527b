import {
  assign,
  create,
  flow,
  lookup,
  ref,
  refuse,
  updateOwn,
  updateWhere,
  variable,
  createFrom,
} from "./flow-xml.ts";
import type { FlowParts } from "./flow-xml.ts";
import { ruleFile } from "./base-metadata.ts";
import type { Vector } from "./vector.ts";

type Parts = FlowParts["parts"];

const onApproval = { changed: true, where: [["Status", "EqualTo", "Approved"]] } as const;
const own = { Order_Id__c: ref("$Record.Id") };
const tooLong = { ...own, Note__c: "x".repeat(21) };
const approve = { update: { Status: "Approved" } };

function onApprovalFlow(...parts: Parts): NonNullable<Vector["flows"]> {
  return { Probe: flow({ ...onApproval, parts }) };
}

/** C.6: faults; C.7: what is sent when the transaction ends; C.8: what stops a flow. */
export const faultVectors: readonly Vector[] = [
  {
    cites:
      "C.6: an element with faultConnector that fails continues there, and the transaction is not rolled back",
    flows: onApprovalFlow(
      create("Before", "Probe__e", { ...own, Note__c: "before" }, { next: "Fail" }),
      create("Fail", "Probe__e", tooLong, { fault: "After" }),
      create("After", "Probe__e", { ...own, Note__c: "after" }),
    ),
    steps: [
      approve,
      { events: [{ Note__c: "before" }, { Note__c: "after" }] },
      { order: { Status: "Approved" } },
    ],
  },
  {
    cites: "C.6: $Flow.FaultMessage holds the text",
    flows: onApprovalFlow(
      create("Fail", "Probe__e", tooLong, { fault: "Keep" }),
      create("Keep", "Probe__e", { ...own, Long__c: ref("$Flow.FaultMessage") }),
    ),
    steps: [
      approve,
      { events: [{ Long__c: `Note__c: data value too large: ${"x".repeat(21)} (max length=20)` }] },
    ],
  },
  {
    cites:
      "C.6: without a fault path the save and the whole transaction are rolled back: CANNOT_EXECUTE_FLOW_TRIGGER",
    flows: onApprovalFlow(
      create("Before", "Probe__e", own, { next: "Fail" }),
      create("Fail", "Probe__e", tooLong),
    ),
    steps: [
      {
        refuse: { Status: "Approved" },
        code: "CANNOT_EXECUTE_FLOW_TRIGGER",
        message: /Probe failed at Fail/,
      },
      { order: { Status: "Draft" } },
      { events: [] },
    ],
  },
  {
    cites: "C.6: publishing fails synchronously for field rules: a required field without a value",
    flows: onApprovalFlow(create("Fail", "Probe__e", { Order_Id__c: ref("$Record.PoNumber") })),
    steps: [
      {
        refuse: { Status: "Approved" },
        code: "CANNOT_EXECUTE_FLOW_TRIGGER",
        message: /Required fields are missing: \[Order_Id__c\]/,
      },
    ],
  },
  {
    cites: "C.6: custom error on the fault path: the approval is refused, nothing saved",
    flows: onApprovalFlow(
      create("Fail", "Probe__e", tooLong, { fault: "Refuse_It" }),
      refuse("Refuse_It", "Not handed over. {!$Flow.FaultMessage}"),
    ),
    steps: [
      {
        refuse: { Status: "Approved" },
        code: "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        message: /^Not handed over\. Note__c: data value too large/,
      },
      { order: { Status: "Draft" } },
    ],
  },
  {
    cites: "C.6: a marker field and go on: the order is approved without event",
    flows: onApprovalFlow(
      create("Fail", "Probe__e", tooLong, { fault: "Mark" }),
      updateOwn("Mark", { Note__c: "not published" }),
    ),
    steps: [approve, { order: { Status: "Approved", Note__c: "not published" } }, { events: [] }],
  },
  {
    cites: "C.6: an inserted log record disappears with the transaction",
    flows: onApprovalFlow(
      create("Log", "Account", { Name: "log" }, { next: "Fail" }),
      create("Fail", "Probe__e", tooLong),
    ),
    steps: [
      { refuse: { Status: "Approved" }, code: "CANNOT_EXECUTE_FLOW_TRIGGER" },
      { count: 1, of: "Account" },
    ],
  },
  {
    cites: "C.6: an update that fails leaves nothing behind, and its fault path goes on",
    flows: onApprovalFlow(
      updateWhere(
        "Fail",
        "Order",
        [["Status", "NotEqualTo", "Activated"]],
        { Note__c: "bad" },
        { fault: "Tell" },
      ),
      create("Tell", "Probe__e", { ...own, Note__c: "failed" }),
    ),
    files: ruleFile("No_Bad", 'AND(Note__c = "bad", ISPICKVAL(Status, "In Review"))'),
    steps: [
      { create: { Status: "In Review" } },
      { create: {} },
      approve,
      { events: [{ Note__c: "failed" }] },
      { order: { Note__c: null, Status: "Approved" } },
    ],
  },
  {
    cites: "C.6: what a failed inner save published after commit is taken back with it",
    flows: {
      ...onApprovalFlow(
        updateOwn("Inner", { Note__c: "go" }, { fault: "Tell" }),
        create("Tell", "Probe__e", own),
      ),
      Second: flow({
        name: "Second",
        where: [
          ["Note__c", "EqualTo", "go"],
          ["Note__c", "IsChanged", true],
        ],
        parts: [
          create("Early", "Probe__e", { ...own, Note__c: "early" }, { next: "Log" }),
          create("Log", "Log__e", { Note__c: "kept" }, { next: "Fail" }),
          create("Fail", "Probe__e", tooLong),
        ],
      }),
    },
    steps: [
      approve,
      { events: [{ Note__c: null }] },
      { events: [{ Note__c: "kept" }], of: "Log__e" },
      { order: { Status: "Approved", Note__c: null } },
    ],
  },
  {
    cites: "C.6: a create of a record that the org refuses takes its fault path",
    flows: onApprovalFlow(
      create("Fail", "Contact", { LastName: "x".repeat(300) }, { fault: "Tell" }),
      create("Tell", "Probe__e", own),
    ),
    steps: [approve, { events: [{}] }, { order: { Status: "Approved" } }],
  },
  {
    cites: "C.6: a record variable that holds nothing cannot be created, and the fault path takes it",
    flows: onApprovalFlow(
      createFrom("Fail", "Message", { fault: "Tell" }),
      create("Tell", "Probe__e", { ...own, Long__c: ref("$Flow.FaultMessage") }),
      variable("Message", "SObject", "<objectType>Probe__e</objectType>"),
    ),
    steps: [approve, { events: [{ Long__c: "Message holds no record" }] }],
  },
  {
    cites: "C.7: commit succeeds: after-commit is sent after commit, and immediate when the element ran",
    flows: onApprovalFlow(
      create("Wait", "Probe__e", own, { next: "Now" }),
      create("Now", "Log__e", { Note__c: "now" }),
    ),
    steps: [approve, { events: [{}] }, { events: [{ Note__c: "now" }], of: "Log__e" }],
  },
  {
    cites: "C.7: later flow error: after-commit is never sent, immediate is already sent",
    flows: onApprovalFlow(
      create("Wait", "Probe__e", own, { next: "Now" }),
      create("Now", "Log__e", { Note__c: "now" }, { next: "Fail" }),
      create("Fail", "Probe__e", tooLong),
    ),
    steps: [
      { refuse: { Status: "Approved" }, code: "CANNOT_EXECUTE_FLOW_TRIGGER" },
      { events: [] },
      { events: [{ Note__c: "now" }], of: "Log__e" },
    ],
  },
  {
    cites: "C.7: custom error: after-commit is never sent, immediate is already sent",
    flows: onApprovalFlow(
      create("Wait", "Probe__e", own, { next: "Now" }),
      create("Now", "Log__e", { Note__c: "now" }, { next: "Stop" }),
      refuse("Stop", "No."),
    ),
    steps: [
      { refuse: { Status: "Approved" }, code: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: /^No\.$/ },
      { events: [] },
      { events: [{ Note__c: "now" }], of: "Log__e" },
    ],
  },
  {
    cites: "C.7: validation in a second save: after-commit is never sent, immediate is already sent",
    flows: onApprovalFlow(
      create("Wait", "Probe__e", own, { next: "Now" }),
      create("Now", "Log__e", { Note__c: "now" }, { next: "Again" }),
      updateOwn("Again", { Note__c: "bad" }),
    ),
    files: ruleFile("No_Bad", 'Note__c = "bad"'),
    steps: [
      { refuse: { Status: "Approved" }, code: "CANNOT_EXECUTE_FLOW_TRIGGER", message: /No_Bad refuses/ },
      { events: [] },
      { events: [{ Note__c: "now" }], of: "Log__e" },
      { order: { Status: "Draft" } },
    ],
  },
  {
    cites: "C.7: a rolled-back save leaves nothing for the next one to send",
    flows: onApprovalFlow(
      create("Wait", "Probe__e", { ...own, Note__c: ref("$Record.PoNumber") }, { next: "Stop" }),
      refuse("Stop", "No."),
    ),
    steps: [
      { refuse: { Status: "Approved", PoNumber: "1" }, code: "FIELD_CUSTOM_VALIDATION_EXCEPTION" },
      { update: { PoNumber: "2" } },
      { events: [] },
    ],
  },
  {
    cites: "C.8: a cap on re-entrant saves (16): the seventeenth is refused and everything rolled back",
    flows: {
      Probe: flow({
        parts: [
          assign("Count_On", [["Sum", "Assign", ref("Next")]], "Again"),
          updateOwn("Again", { Count__c: ref("Next") }),
          variable("Sum", "Number"),
          {
            tag: "formulas",
            xml: "<formulas><name>Next</name><dataType>Number</dataType><expression>BLANKVALUE({!$Record.Count__c}, 0) + 1</expression></formulas>",
          },
        ],
      }),
    },
    steps: [
      { refuse: { PoNumber: "1" }, code: "CANNOT_EXECUTE_FLOW_TRIGGER", message: /more than 16 saves/ },
      { order: { Count__c: null, PoNumber: null } },
    ],
  },
  {
    cites: "C.8: sixteen saves that start one another are fine",
    flows: {
      Probe: flow({
        where: [["Count__c", "LessThan", 16]],
        parts: [
          updateOwn("Again", { Count__c: ref("Next") }),
          {
            tag: "formulas",
            xml: "<formulas><name>Next</name><dataType>Number</dataType><expression>{!$Record.Count__c} + 1</expression></formulas>",
          },
        ],
      }),
    },
    steps: [{ update: { Count__c: 1 } }, { order: { Count__c: 16 } }],
  },
  {
    cites: "C.8: a cap on executed elements (2,000) stops loops",
    flows: {
      Probe: flow({ parts: [assign("Go_On", [["Sum", "Add", 1]], "Go_On"), variable("Sum", "Number")] }),
    },
    steps: [
      { refuse: { PoNumber: "1" }, code: "CANNOT_EXECUTE_FLOW_TRIGGER", message: /more than 2000 elements/ },
      { order: { PoNumber: null } },
    ],
  },
  {
    cites: "C.8: an entry formula that cannot be evaluated refuses the save",
    flows: {
      Probe: flow({ formula: "1 / {!$Record.Count__c} > 0", parts: [lookup("Get_Order", "Order", {})] }),
    },
    steps: [
      {
        refuse: { Count__c: 0 },
        code: "CANNOT_EXECUTE_FLOW_TRIGGER",
        message: /entry condition of the flow Probe/,
      },
      { update: { Count__c: 1 } },
    ],
  },
];
