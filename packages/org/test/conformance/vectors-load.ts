import {
  assign,
  create,
  decide,
  flow,
  formula,
  lookup,
  other,
  ref,
  refuse,
  updateOwn,
  updateWhere,
  variable,
} from "./flow-xml.ts";
import type { FlowParts } from "./flow-xml.ts";
import { ruleFile } from "./base-metadata.ts";
import type { RefusedMetadata, Vector } from "./vector.ts";

const own = { Order_Id__c: ref("$Record.Id") };
const publish = create("Publish", "Probe__e", own);

function refused(
  cites: string,
  options: Partial<FlowParts>,
  message: RegExp,
  more: Omit<RefusedMetadata, "message">,
): Vector {
  return {
    cites: `C.8: fail loudly: ${cites}`,
    flows: { Probe: flow({ parts: [publish], ...options }) },
    refused: { message, ...more },
  };
}

const unknown = { code: "unknown_element" } as const;
const dangling = { code: "unknown_reference" } as const;
const bad = { code: "bad_value" } as const;
const badFormula = { code: "bad_formula" } as const;

const unsupportedNodes = [
  "actionCalls",
  "apexPluginCalls",
  "choices",
  "collectionProcessors",
  "dynamicChoiceSets",
  "loops",
  "orchestratedStages",
  "recordDeletes",
  "recordRollbacks",
  "screens",
  "steps",
  "subflows",
  "transforms",
  "waits",
];

/** C.8, load time: what is refused, and that it is named. */
export const loadVectors: readonly Vector[] = [
  ...unsupportedNodes.map((tag) =>
    refused(
      `${tag} are not run`,
      { parts: [publish, other(tag, "Part")] },
      new RegExp(`This org does not run <${tag}>`),
      { ...unknown, element: `Flow/${tag}` },
    ),
  ),
  refused(
    "a path that is scheduled, or asynchronous",
    { start: "<scheduledPaths><name>Later</name><pathType>AsyncAfterCommit</pathType></scheduledPaths>" },
    /This org does not run <scheduledPaths>/,
    { ...unknown, element: "Flow/start/scheduledPaths" },
  ),
  {
    cites: "C.8: an empty list of scheduledPaths may be ignored",
    flows: { Probe: flow({ parts: [publish], start: "<scheduledPaths/>" }) },
    steps: [{ update: { PoNumber: "1" } }, { events: [{}] }],
  },
  refused(
    "an unknown element in a node",
    { parts: [create("Publish", "Probe__e", own, { more: "<colour>red</colour>" })] },
    /<colour> is not understood/,
    unknown,
  ),
  refused(
    "an upsert",
    { parts: [create("Publish", "Probe__e", own, { more: "<doesUpsert>true</doesUpsert>" })] },
    /This org does not run <doesUpsert>/,
    unknown,
  ),
  refused(
    "assignRecordIdToReference",
    {
      parts: [
        create("Publish", "Probe__e", own, {
          more: "<assignRecordIdToReference>Made</assignRecordIdToReference>",
        }),
      ],
    },
    /This org does not run <assignRecordIdToReference>/,
    unknown,
  ),
  refused(
    "another running user",
    { start: "<flowRunAsUser>DefaultWorkflowUser</flowRunAsUser>" },
    /takes one of TriggeringUser/,
    bad,
  ),
  refused("an unknown run mode", { extra: "<runInMode>UserMode</runInMode>" }, /holds "UserMode"/, bad),
  refused("a before-delete flow", { operation: "Delete" }, /holds "Delete"/, bad),
  refused(
    "a connector to a missing node",
    { parts: [create("Publish", "Probe__e", own, { next: "Nowhere" })] },
    /no element "Nowhere"; it has Publish/,
    dangling,
  ),
  {
    cites: "C.8: unreachable node (warn)",
    flows: { Probe: flow({ parts: [publish, refuse("Lost", "x")] }) },
    warned: /flow Probe: nothing leads to Lost/,
  },
  refused(
    "a missing variable",
    { parts: [assign("Set", [["Nope", "Assign", 1]])] },
    /nothing called "Nope"/,
    dangling,
  ),
  refused(
    "a missing formula",
    { parts: [create("Publish", "Probe__e", { ...own, Note__c: ref("Nope") })] },
    /nothing called "Nope"/,
    dangling,
  ),
  refused(
    "a missing field",
    { where: [["Colour__c", "EqualTo", "x"]] },
    /Order has no field "Colour__c"/,
    dangling,
  ),
  refused("an object that is not in the schema", { object: "Case" }, /no object Case/, dangling),
  refused(
    "a filter value that is not in the picklist",
    { where: [["Choice__c", "EqualTo", "Three"]] },
    /"Three" is no value of Choice__c; it has One, Two/,
    dangling,
  ),
  refused(
    "a condition's value that is not in the picklist",
    { parts: [decide("Ask", [{ name: "Is", when: [["$Record.Status", "EqualTo", "Gone"]] }])] },
    /"Gone" is no value of Status/,
    dangling,
  ),
  refused(
    "an event field that is missing",
    { parts: [create("Publish", "Probe__e", { ...own, Colour__c: "x" })] },
    /Probe__e has no field "Colour__c"/,
    dangling,
  ),
  refused(
    "a required event field that is not assigned",
    { parts: [create("Publish", "Probe__e", {})] },
    /Probe__e\.Order_Id__c is required/,
    { code: "missing_element" },
  ),
  refused(
    "an assigned type that is not convertible",
    { parts: [create("Publish", "Probe__e", { ...own, Amount__c: "x" })] },
    /Amount__c takes number, and gets text/,
    bad,
  ),
  refused(
    "a formula that gives another type than it says",
    { parts: [publish, formula("Key", "Number", '{!$Record.Id} & "-1"')] },
    /The formula Key gives text, and its <dataType> says number/,
    bad,
  ),
  refused(
    "a choice in a formula that gives another type than it says",
    { parts: [publish, formula("Key", "Date", "IF({!$Record.Flag__c}, NOW() + 1, NULL)")] },
    /The formula Key gives datetime, and its <dataType> says date/,
    bad,
  ),
  refused(
    "two nodes with one name",
    { parts: [publish, refuse("Publish", "x")] },
    /Two parts of the flow are called Publish/,
    { code: "duplicate" },
  ),
  refused(
    "a rule that has the name of a node",
    { parts: [decide("Ask", [{ name: "Ask", when: [["$Record.Id", "IsNull", true]] }])] },
    /Two parts of the flow are called Ask/,
    { code: "duplicate" },
  ),
  refused(
    "a formula function outside the subset",
    { parts: [publish, formula("Link", "String", 'HYPERLINK("a", "b")')] },
    /the function HYPERLINK is not known here/,
    badFormula,
  ),
  refused(
    "ISCHANGED in a formula of the flow",
    { parts: [publish, formula("Was", "Boolean", "ISCHANGED({!$Record.Status})")] },
    /ISCHANGED works in entry formulas and validation rules only/,
    badFormula,
  ),
  refused(
    "PRIORVALUE in a formula of the flow",
    { parts: [publish, formula("Was", "String", "PRIORVALUE({!$Record.Note__c})")] },
    /PRIORVALUE works in entry formulas/,
    badFormula,
  ),
  ...["$Api.Session_ID", "$Setup.Limits__c.Max__c", "$Label.Hello", "$Permission.May"].map((path) =>
    refused(
      `${path.split(".")[0]} is not known`,
      { parts: [create("Publish", "Probe__e", { ...own, Note__c: ref(path) })] },
      new RegExp(`This org does not know \\${path.split(".")[0]}, so`),
      dangling,
    ),
  ),
  {
    cites: "C.8: fail loudly: $Permission in a validation rule",
    files: ruleFile("Allowed", "NOT($Permission.May_Approve)"),
    refused: { ...dangling, message: /This org does not know \$Permission/ },
  },
  refused(
    "an operator that is not run",
    { parts: [decide("Ask", [{ name: "Is", when: [["$Record.Id", "WasVisited", true]] }])] },
    /holds "WasVisited"/,
    bad,
  ),
  refused(
    "a start filter with an operator of decisions",
    { where: [["Note__c", "IsBlank", true]] },
    /holds "IsBlank"/,
    bad,
  ),
  refused(
    "an assignment's operator that is not run",
    {
      parts: [
        assign("Set", [["All", "RemoveAll", 1]]),
        variable("All", "Number", "<isCollection>true</isCollection>"),
      ],
    },
    /holds "RemoveAll"/,
    bad,
  ),
  refused(
    "a variable of a type that is not known",
    { parts: [publish, variable("Text", "Multipicklist")] },
    /holds "Multipicklist"/,
    bad,
  ),
  refused(
    "before-save: records are not updated",
    { timing: "RecordBeforeSave", parts: [updateOwn("Set", { Note__c: "x" })] },
    /A RecordBeforeSave flow cannot update records/,
    bad,
  ),
  refused(
    "before-save: records are not created, nor events published",
    { timing: "RecordBeforeSave" },
    /A RecordBeforeSave flow cannot create records or publish/,
    bad,
  ),
  refused(
    "after-save: $Record is not assigned",
    { parts: [assign("Set", [["$Record.Note__c", "Assign", "x"]])] },
    /saved already when this flow runs/,
    bad,
  ),
  refused(
    "a lookup of an event",
    { parts: [lookup("Get_Events", "Probe__e")] },
    /events cannot be looked up/,
    bad,
  ),
  refused(
    "parent traversal in queriedFields",
    { parts: [lookup("Get_Order", "Order", { fields: ["Account.Name"] })] },
    /"Account\.Name" belongs to another record/,
    dangling,
  ),
  refused(
    "a field that a lookup does not read",
    {
      parts: [
        lookup("Get_Order", "Order", { fields: ["Id"], next: "Publish" }),
        create("Publish", "Probe__e", { ...own, Note__c: ref("Get_Order.Note__c") }),
      ],
    },
    /Get_Order does not read Note__c/,
    dangling,
  ),
  refused(
    "an update without filters",
    { parts: [updateWhere("Set", "Order", [], { Note__c: "x" })] },
    /would change every record/,
    { code: "missing_element" },
  ),
  refused(
    "an update of a field that the org sets alone",
    { parts: [updateOwn("Set", { OrderNumber: "1" })] },
    /Order\.OrderNumber cannot be written here/,
    bad,
  ),
  refused(
    "a name with a doubled underscore",
    { parts: [create("My__Publish", "Probe__e", own)] },
    /takes an API name/,
    bad,
  ),
  refused("a trigger order above 2000", { order: 2001 }, /a number from 1 to 2000/, bad),
  {
    cites: "C.1: no version suffix in the file name",
    flows: { "Probe-3": flow({ parts: [publish] }) },
    refused: { ...bad, message: /makes the flow "Probe-3", which is no API name/ },
  },
];
