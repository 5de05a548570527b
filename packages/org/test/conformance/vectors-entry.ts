import { assign, create, flow, ref, updateOwn } from "./flow-xml.ts";
import type { FlowParts } from "./flow-xml.ts";
import type { Step, Vector } from "./vector.ts";

const publish = create("Publish", "Probe__e", { Order_Id__c: ref("$Record.Id") });

/** A flow that publishes each time it starts. */
function starts(options: Omit<FlowParts, "parts">): NonNullable<Vector["flows"]> {
  return { Probe: flow({ ...options, parts: [publish] }) };
}

function published(count: number): Step {
  return { events: Array.from({ length: count }, () => ({})) };
}

const approved = [["Status", "EqualTo", "Approved"]] as const;
const onApproval = starts({ changed: true, where: approved });
const eitherOne = [
  ["Note__c", "EqualTo", "a"],
  ["Count__c", "EqualTo", 1],
] as const;

/** C.3: what starts a flow. */
export const entryVectors: readonly Vector[] = [
  {
    cites: "C.3: Create, insert: runs when meets(new)",
    flows: starts({ operation: "Create", where: approved }),
    steps: [{ create: { Status: "Approved" } }, published(1), { create: { Status: "Draft" } }, published(1)],
  },
  {
    cites: "C.3: Create: an update does not run it",
    flows: starts({ operation: "Create", where: approved }),
    steps: [{ update: { Status: "Approved" } }, published(0)],
  },
  {
    cites: "C.3: Update, changed-flag false: on every such save, also when nothing relevant changed",
    flows: starts({ where: approved }),
    steps: [
      { update: { Status: "Approved" } },
      { update: { Status: "Approved" } },
      { update: { PoNumber: "1" } },
      published(3),
    ],
  },
  {
    cites: "C.3: Update, changed-flag true: meets(new) and not meets(old)",
    flows: onApproval,
    steps: [{ update: { PoNumber: "1" } }, published(0), { update: { Status: "Approved" } }, published(1)],
  },
  {
    cites: "C.3: CreateAndUpdate, changed-flag true, insert: there is no old state",
    flows: starts({ operation: "CreateAndUpdate", changed: true, where: approved }),
    steps: [{ create: { Status: "Approved" } }, published(1)],
  },
  {
    cites: "C.3: CreateAndUpdate, changed-flag true, update: meets(new) and not meets(old)",
    flows: starts({ operation: "CreateAndUpdate", changed: true, where: approved }),
    steps: [
      { create: { Status: "Approved" } },
      { update: { PoNumber: "1" } },
      published(1),
      { update: { Status: "Draft" } },
      { update: { Status: "Approved" } },
      published(2),
    ],
  },
  {
    cites: "C.3: the whole condition is compared: a second condition of an or does not fire again",
    flows: starts({ changed: true, logic: "or", where: eitherOne }),
    steps: [{ update: { Note__c: "a" } }, { update: { Count__c: 1 } }, published(1)],
  },
  {
    cites: "C.3: with and, the flow fires when the last condition becomes true",
    flows: starts({ changed: true, logic: "and", where: eitherOne }),
    steps: [{ update: { Note__c: "a" } }, published(0), { update: { Count__c: 1 } }, published(1)],
  },
  {
    cites: "C.3: Approved → (edit) → Approved: no event",
    flows: onApproval,
    steps: [
      { update: { Status: "Approved" } },
      { update: { PoNumber: "1", Status: "Approved" } },
      published(1),
    ],
  },
  {
    cites: "C.3: Approved → Draft → Approved: one more event",
    flows: onApproval,
    steps: [
      { update: { Status: "Approved" } },
      { update: { Status: "Draft" } },
      { update: { Status: "Approved" } },
      published(2),
    ],
  },
  {
    cites:
      "C.3: Draft → Approved → Draft inside one transaction: the first save publishes, and it is still sent",
    flows: {
      Probe: flow({ changed: true, where: approved, order: 1, parts: [publish] }),
      Back: flow({
        name: "Back",
        changed: true,
        where: approved,
        order: 2,
        parts: [updateOwn("Back", { Status: "Draft" })],
      }),
    },
    steps: [{ update: { Status: "Approved" } }, published(1), { order: { Status: "Draft" } }],
  },
  {
    cites: "C.3: a record inserted as Approved: an Update flow does not run",
    flows: onApproval,
    steps: [{ create: { Status: "Approved" } }, published(0), { update: { PoNumber: "1" } }, published(0)],
  },
  {
    cites: "C.3: in the Update case $Record__Prior holds the values before this save",
    flows: {
      Probe: flow({
        timing: "RecordBeforeSave",
        parts: [assign("Keep", [["$Record.Trace__c", "Assign", ref("$Record__Prior.Note__c")]])],
      }),
    },
    steps: [
      { update: { Note__c: "a" } },
      { update: { Note__c: "b" } },
      { order: { Trace__c: "a", Note__c: "b" } },
    ],
  },
  {
    cites: "C.3: on insert $Record__Prior is null",
    flows: starts({
      operation: "Create",
      formula: "ISBLANK({!$Record__Prior.Note__c}) && ISBLANK({!$Record__Prior.Id})",
    }),
    steps: [{ create: { Note__c: "a" } }, published(1)],
  },
  {
    cites: "C.3: comparison of text and picklist values: exact case",
    flows: starts({ where: [["Note__c", "EqualTo", "Approved"]] }),
    steps: [
      { update: { Note__c: "approved" } },
      published(0),
      { update: { Note__c: "Approved" } },
      published(1),
    ],
  },
  {
    cites:
      "C.2: filterLogic: a numbered expression such as 1 AND (2 OR 3); numbering is the order of filters",
    flows: starts({
      logic: "1 AND (2 OR 3)",
      where: [...eitherOne, ["Flag__c", "EqualTo", true]],
    }),
    steps: [
      { update: { Note__c: "a" } },
      published(0),
      { update: { Flag__c: true } },
      published(1),
      { update: { Note__c: "b", Count__c: 1 } },
      published(1),
    ],
  },
  {
    cites: "C.2: no filter: the flow runs on every save of its kind",
    flows: starts({}),
    steps: [{ update: { PoNumber: "1" } }, published(1)],
  },
  {
    cites: "C.2: filterFormula: a formula, instead of filters",
    flows: starts({ formula: 'AND(ISCHANGED({!$Record.Status}), ISPICKVAL({!$Record.Status}, "Approved"))' }),
    steps: [{ update: { Status: "Approved" } }, { update: { PoNumber: "1" } }, published(1)],
  },
  {
    cites: "C.2: the changed-flag compares a formula with the old record too",
    flows: starts({ changed: true, formula: "{!$Record.Count__c} > 1" }),
    steps: [{ update: { Count__c: 2 } }, { update: { Count__c: 3 } }, published(1)],
  },
  {
    cites: "C.2: IsChanged takes a booleanValue",
    flows: starts({ where: [["Note__c", "IsChanged", true]] }),
    steps: [
      { update: { Note__c: "a" } },
      { update: { Note__c: "a" } },
      published(1),
      { update: { Note__c: null } },
      published(2),
    ],
  },
  {
    cites: "C.2: IsNull takes a booleanValue",
    flows: starts({ where: [["Note__c", "IsNull", false]] }),
    steps: [{ update: { PoNumber: "1" } }, published(0), { update: { Note__c: "a" } }, published(1)],
  },
  ...(
    [
      ["GreaterThan", 2, [3], [2, 1, null]],
      ["LessThan", 2, [1], [2, 3, null]],
      ["GreaterThanOrEqualTo", 2, [2, 3], [1, null]],
      ["LessThanOrEqualTo", 2, [2, 1], [3, null]],
      ["NotEqualTo", 2, [1, null], [2]],
    ] as const
  ).map(([operator, limit, meeting, failing]): Vector => ({
    cites: `C.2: operators: ${operator}`,
    flows: starts({ where: [["Count__c", operator, limit]] }),
    steps: [
      ...failing.map((value): Step => ({ update: { Count__c: value } })),
      published(0),
      ...meeting.map((value): Step => ({ update: { Count__c: value } })),
      published(meeting.length),
    ],
  })),
  {
    cites: "C.2: operators: StartsWith, EndsWith, Contains",
    flows: starts({
      where: [
        ["Note__c", "StartsWith", "a"],
        ["Note__c", "Contains", "b"],
        ["Note__c", "EndsWith", "c"],
      ],
    }),
    steps: [{ update: { Note__c: "xbc" } }, published(0), { update: { Note__c: "abc" } }, published(1)],
  },
  {
    cites: 'C.8: null ≠ "": Salesforce stores empty text as null on records',
    flows: starts({ where: [["Note__c", "EqualTo", ref("$GlobalConstant.EmptyString")]] }),
    steps: [{ update: { Note__c: "" } }, published(0), { order: { Note__c: null } }],
  },
  {
    cites: "C.8: trim trailing blanks",
    flows: starts({ where: [["Note__c", "EqualTo", "a"]] }),
    steps: [{ update: { Note__c: "a  " } }, { order: { Note__c: "a" } }, published(1)],
  },
];
