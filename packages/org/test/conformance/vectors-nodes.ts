import {
  assign,
  create,
  createFrom,
  decide,
  flow,
  formula,
  lookup,
  ref,
  updateOwn,
  updateWhere,
  variable,
} from "./flow-xml.ts";
import type { FlowParts } from "./flow-xml.ts";
import type { Step, Vector } from "./vector.ts";

type Parts = FlowParts["parts"];

/** An update of the order runs the parts; `expected` is what the event tells then. */
function tells(cites: string, parts: Parts, ...expected: readonly (string | null)[]): Vector {
  return {
    cites,
    flows: { Probe: flow({ parts }) },
    steps: [{ update: { Count__c: 2 } }, { events: expected.map((Note__c) => ({ Note__c })) }],
  };
}

function tell(note: Parameters<typeof create>[2][string], name = "Tell", next?: string): Parts[number] {
  const fields = { Order_Id__c: ref("$Record.Id"), Note__c: note };
  return create(name, "Probe__e", fields, next === undefined ? {} : { next });
}

const collection = "<isCollection>true</isCollection>";
const record = (object: string): string =>
  `<isCollection>false</isCollection><objectType>${object}</objectType>`;
const products = [["OrderId", "EqualTo", ref("$Record.Id")]] as const;
const go: Step = { update: { PoNumber: "go" } };

const yes = tell("yes", "Yes");
const no = tell("no", "No");

/** Decides over one condition. */
function asks(left: string, operator: string, right: Parameters<typeof tell>[0]): Parts[number] {
  return decide("Ask", [{ name: "Is_Met", when: [[left, operator, right]], next: "Yes" }], "No");
}

/** C.5: what each node does. */
export const nodeVectors: readonly Vector[] = [
  tells(
    "C.5: decisions: rules in order, else defaultConnector",
    [
      decide(
        "Ask",
        [
          { name: "First", when: [["$Record.Count__c", "GreaterThan", 5]], next: "No" },
          { name: "Second", when: [["$Record.Count__c", "GreaterThan", 1]], next: "Yes" },
          { name: "Third", when: [["$Record.Count__c", "GreaterThan", 0]], next: "No" },
        ],
        "No",
      ),
      yes,
      no,
    ],
    "yes",
  ),
  tells("C.5: decisions: the default", [asks("$Record.Count__c", "EqualTo", 9), yes, no], "no"),
  tells("C.5: a rule without connector ends the flow", [
    decide("Ask", [{ name: "Ends", when: [["$Record.Count__c", "EqualTo", 2]] }], "No"),
    no,
  ]),
  {
    cites: "C.5: decisions: doesRequireRecordChangedToMeetCriteria of a rule",
    flows: {
      Probe: flow({
        parts: [
          decide(
            "Ask",
            [
              {
                name: "Became",
                when: [["$Record.Status", "EqualTo", "Approved"]],
                changed: true,
                next: "Yes",
              },
            ],
            "No",
          ),
          yes,
          no,
        ],
      }),
    },
    steps: [
      { update: { Status: "Approved" } },
      { update: { PoNumber: "1" } },
      { events: [{ Note__c: "yes" }, { Note__c: "no" }] },
    ],
  },
  tells("C.5: conditions: IsBlank", [asks("$Record.Note__c", "IsBlank", true), yes, no], "yes"),
  tells("C.5: conditions: IsEmpty", [asks("$Record.Status", "IsEmpty", true), yes, no], "no"),
  tells(
    "C.5: conditions: NotIn and In compare with a collection",
    [
      assign(
        "Gather",
        [
          ["Wanted", "AddItem", "Draft"],
          ["Wanted", "AddItem", "Approved"],
        ],
        "Ask",
      ),
      decide(
        "Ask",
        [
          { name: "Is_Not_In", when: [["$Record.Status", "NotIn", ref("Wanted")]], next: "No" },
          { name: "Is_In", when: [["$Record.Status", "In", ref("Wanted")]], next: "Yes" },
        ],
        "No",
      ),
      variable("Wanted", "String", collection),
      yes,
      no,
    ],
    "yes",
  ),
  tells(
    "C.5: assignments: items are executed in order; Assign, Add, Subtract",
    [
      assign(
        "Count_On",
        [
          ["Sum", "Assign", 10],
          ["Sum", "Add", ref("$Record.Count__c")],
          ["Sum", "Subtract", 5],
        ],
        "Tell",
      ),
      variable("Sum", "Number"),
      formula("SumText", "String", "TEXT({!Sum})"),
      tell(ref("SumText")),
    ],
    "7",
  ),
  tells(
    "C.5: assignments: AddItem puts an item at the end, AssignCount counts",
    [
      assign(
        "Gather",
        [
          ["All", "AddItem", 1],
          ["All", "AddItem", 1],
          ["Sum", "AssignCount", ref("All")],
        ],
        "Tell",
      ),
      variable("All", "Number", collection),
      variable("Sum", "Number"),
      formula("SumText", "String", "TEXT({!Sum})"),
      tell(ref("SumText")),
    ],
    "2",
  ),
  {
    cites: "C.5: in a before-save flow the target may be $Record.Field",
    flows: {
      Probe: flow({
        timing: "RecordBeforeSave",
        parts: [assign("Set", [["$Record.Count__c", "Add", 1]])],
      }),
    },
    steps: [go, go, { order: { Count__c: 2 } }],
  },
  tells(
    "C.5: recordLookups: later nodes read <NodeName>.Field",
    [
      lookup("Get_Account", "Account", {
        where: [["Id", "EqualTo", ref("$Record.AccountId")]],
        next: "Tell",
      }),
      tell(ref("Get_Account.Id")),
    ],
    "001Hs0000000001IAA",
  ),
  tells(
    "C.5: recordLookups: no row → null",
    [
      lookup("Get_Account", "Account", { where: [["Name", "EqualTo", "Nobody"]], next: "Ask" }),
      asks("Get_Account", "IsNull", true),
      tell(ref("Get_Account.Name"), "Yes"),
      no,
    ],
    null,
  ),
  tells(
    "C.5: has the order a line that needs provisioning: one lookup and a decision IsNull false",
    [
      lookup("Get_Line", "OrderItem", { where: products, next: "Ask" }),
      asks("Get_Line", "IsNull", false),
      yes,
      no,
    ],
    "yes",
  ),
  tells(
    "C.5: recordLookups: getFirstRecordOnly false gives a collection",
    [
      lookup("Get_Lines", "OrderItem", { where: products, first: false, next: "Count_Lines" }),
      assign("Count_Lines", [["Sum", "AssignCount", ref("Get_Lines")]], "Tell"),
      variable("Sum", "Number"),
      formula("SumText", "String", "TEXT({!Sum})"),
      tell(ref("SumText")),
    ],
    "1",
  ),
  tells(
    "C.5: recordLookups: a collection without rows is null, and empty",
    [
      lookup("Get_Lines", "OrderItem", {
        where: [...products, ["Quantity", "GreaterThan", 99]],
        first: false,
        next: "Ask",
      }),
      decide(
        "Ask",
        [
          {
            name: "Is_Nothing",
            when: [
              ["Get_Lines", "IsNull", true],
              ["Get_Lines", "IsEmpty", true],
            ],
            next: "Yes",
          },
        ],
        "No",
      ),
      yes,
      no,
    ],
    "yes",
  ),
  tells(
    "C.5: recordLookups: sortField and sortOrder",
    [
      lookup("Last", "Product2", { sort: ["Name", "Desc"], fields: ["Name"], next: "Compare" }),
      lookup("Compare", "Product2", { sort: ["Name", "Asc"], fields: ["Name"], next: "Tell" }),
      formula("IsLater", "String", 'IF({!Last.Name} > {!Compare.Name}, "later", "not later")'),
      tell(ref("IsLater")),
    ],
    "later",
  ),
  tells(
    "C.5: recordLookups: filterLogic",
    [
      lookup("Get_Order", "Order", {
        logic: "1 AND (2 OR 3)",
        where: [
          ["Id", "EqualTo", ref("$Record.Id")],
          ["Count__c", "EqualTo", 7],
          ["Count__c", "EqualTo", 2],
        ],
        next: "Ask",
      }),
      asks("Get_Order", "IsNull", false),
      yes,
      no,
    ],
    "yes",
  ),
  tells(
    "C.5: recordLookups: an after-save flow finds the record as it was just written",
    [
      lookup("Get_Order", "Order", { where: [["Count__c", "EqualTo", 2]], next: "Ask" }),
      asks("Get_Order", "IsNull", false),
      yes,
      no,
    ],
    "yes",
  ),
  tells(
    "C.5: recordLookups: outputReference fills a record variable",
    [
      lookup("Get_Account", "Account", {
        where: [["Id", "EqualTo", ref("$Record.AccountId")]],
        output: "<outputReference>Found</outputReference>",
        next: "Tell",
      }),
      variable("Found", "SObject", record("Account")),
      tell(ref("Found.Id")),
    ],
    "001Hs0000000001IAA",
  ),
  ...[true, false].map((clears) =>
    tells(
      `C.5: recordLookups: assignNullValuesIfNoRecordsFound ${clears}`,
      [
        lookup("Get_Account", "Account", {
          where: [["Name", "EqualTo", "Nobody"]],
          output: `<assignNullValuesIfNoRecordsFound>${clears}</assignNullValuesIfNoRecordsFound>
            <outputAssignments><assignToReference>Kept</assignToReference><field>Name</field></outputAssignments>`,
          next: "Tell",
        }),
        variable("Kept", "String", "<value><stringValue>before</stringValue></value>"),
        tell(ref("Kept")),
      ],
      clears ? null : "before",
    ),
  ),
  {
    cites: "C.5: recordLookups: before-save flows look up too",
    flows: {
      Probe: flow({
        timing: "RecordBeforeSave",
        parts: [
          lookup("Get_Order", "Order", { where: [["Id", "EqualTo", ref("$Record.Id")]], next: "Set" }),
          assign("Set", [["$Record.Trace__c", "Assign", ref("Get_Order.PoNumber")]]),
        ],
      }),
    },
    steps: [{ update: { PoNumber: "old" } }, { update: { PoNumber: "new" } }, { order: { Trace__c: "old" } }],
  },
  {
    cites: "C.5: recordUpdates: inputReference = $Record with inputAssignments",
    flows: {
      Probe: flow({
        where: [["PoNumber", "IsChanged", true]],
        parts: [updateOwn("Set", { Note__c: ref("$Record.PoNumber"), Count__c: 7 })],
      }),
    },
    steps: [go, { order: { Note__c: "go", Count__c: 7 } }],
  },
  {
    cites: "C.5: recordUpdates: object, filters and inputAssignments change every match",
    flows: {
      Probe: flow({
        logic: "and",
        where: [
          ["PoNumber", "EqualTo", "go"],
          ["PoNumber", "IsChanged", true],
        ],
        parts: [updateWhere("Set", "Order", [["Note__c", "EqualTo", "mine"]], { Count__c: 5 })],
      }),
      Watch: flow({
        name: "Watch",
        where: [["Count__c", "IsChanged", true]],
        parts: [tell(ref("$Record.Note__c"))],
      }),
    },
    steps: [
      { create: { Note__c: "mine" } },
      { create: { Note__c: "mine" } },
      { create: { Note__c: "other" } },
      go,
      { events: [{ Note__c: "mine" }, { Note__c: "mine" }] },
      { order: { Count__c: null } },
    ],
  },
  {
    cites: "C.5: recordUpdates: no match is no fault",
    flows: {
      Probe: flow({ parts: [updateWhere("Set", "Account", [["Name", "EqualTo", "Nobody"]], { Name: "X" })] }),
    },
    steps: [go, { order: { PoNumber: "go" } }],
  },
  {
    cites: "C.5: recordCreates: with an ordinary object it inserts",
    flows: {
      Probe: flow({
        changed: true,
        where: [["Status", "EqualTo", "Approved"]],
        parts: [create("Make", "Account", { Name: ref("$Record.OrderNumber") })],
      }),
    },
    steps: [{ count: 1, of: "Account" }, { update: { Status: "Approved" } }, { count: 2, of: "Account" }],
  },
  tells(
    "C.5: recordCreates: inputReference, a record variable of the event",
    [
      assign(
        "Fill",
        [
          ["Message.Order_Id__c", "Assign", ref("$Record.Id")],
          ["Message.Note__c", "Assign", "held"],
        ],
        "Publish",
      ),
      createFrom("Publish", "Message"),
      variable("Message", "SObject", record("Probe__e")),
    ],
    "held",
  ),
  tells(
    "C.5: recordCreates: inputReference, a collection: one event for each",
    [
      assign(
        "Fill",
        [
          ["Message.Order_Id__c", "Assign", ref("$Record.Id")],
          ["Message.Note__c", "Assign", "one"],
          ["All", "AddItem", ref("Message")],
          ["Message.Note__c", "Assign", "two"],
          ["All", "AddItem", ref("Message")],
        ],
        "Publish",
      ),
      createFrom("Publish", "All"),
      variable("All", "SObject", "<isCollection>true</isCollection><objectType>Probe__e</objectType>"),
      variable("Message", "SObject", record("Probe__e")),
    ],
    "one",
    "two",
  ),
  tells(
    "C.5: formulas are evaluated lazily at each use",
    [
      tell(ref("SumText"), "Before", "Raise"),
      assign("Raise", [["Sum", "Assign", 3]], "After"),
      tell(ref("SumText"), "After"),
      variable("Sum", "Number", "<value><numberValue>1.0</numberValue></value>"),
      formula("SumText", "String", "TEXT({!Sum})"),
    ],
    "1",
    "3",
  ),
  tells(
    "C.5: formulas: scale rounds a number, halves away from zero",
    [
      formula("Rounded", "Number", "1.005", "<scale>2</scale>"),
      formula("Text", "String", "TEXT({!Rounded})"),
      tell(ref("Text")),
    ],
    "1.01",
  ),
  {
    cites: "C.5: a number formula that is null gives null",
    flows: {
      Probe: flow({
        parts: [
          create("Publish", "Probe__e", { Order_Id__c: ref("$Record.Id"), Amount__c: ref("Next") }),
          formula("Next", "Number", "{!$Record.Count__c} + 1"),
        ],
      }),
    },
    steps: [go, { events: [{ Amount__c: null }] }],
  },
  tells(
    "C.5: after-save flows may walk parents ($Record.Account.Name)",
    [
      decide(
        "Ask",
        [{ name: "Has_Name", when: [["$Record.Account.Name", "IsNull", false]], next: "Yes" }],
        "No",
      ),
      yes,
      no,
    ],
    "yes",
  ),
  {
    cites: "C.5: $Flow.CurrentDateTime is the org's time",
    flows: {
      Probe: flow({
        timing: "RecordBeforeSave",
        parts: [assign("Stamp", [["$Record.At__c", "Assign", ref("$Flow.CurrentDateTime")]])],
      }),
    },
    steps: [{ waitMs: 90_000 }, go, { order: { At__c: "2026-11-23T09:01:30.000Z" } }],
  },
];
