import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { tempDir } from "./core-harness.ts";

const namespace = `xmlns="http://soap.sforce.com/2006/04/metadata"`;

/** The XML of a custom object; `elements` replace the plain text name field. */
export function objectXml(label: string, nameField = "<label>Name</label><type>Text</type>"): string {
  return `<CustomObject ${namespace}><deploymentStatus>Deployed</deploymentStatus>
    <enableActivities>true</enableActivities><enableHistory>false</enableHistory>
    <label>${label}</label><nameField>${nameField}</nameField><pluralLabel>${label}s</pluralLabel>
    <sharingModel>ReadWrite</sharingModel></CustomObject>`;
}

export function fieldXml(name: string, type: string, elements: string): string {
  return `<CustomField ${namespace}><fullName>${name}</fullName>${elements}
    <label>${name.replace(/__c$/, "").replaceAll("_", " ")}</label><type>${type}</type></CustomField>`;
}

/** Shipments of an account with their parcels: a project that has nothing to do with orders. */
export const shipmentFiles: Readonly<Record<string, string>> = {
  "objects/Account/Account.object-meta.xml": `<CustomObject ${namespace}><enableFeeds>false</enableFeeds></CustomObject>`,
  "objects/Account/fields/Customer_Key__c.field-meta.xml": fieldXml(
    "Customer_Key__c",
    "Text",
    "<caseSensitive>false</caseSensitive><externalId>true</externalId><length>20</length><unique>true</unique>",
  ),
  "objects/Shipment__c/Shipment__c.object-meta.xml": objectXml(
    "Shipment",
    "<displayFormat>S-{0000}</displayFormat><label>Shipment Number</label><startingNumber>7</startingNumber><type>AutoNumber</type>",
  ),
  "objects/Shipment__c/fields/Account__c.field-meta.xml": fieldXml(
    "Account__c",
    "Lookup",
    "<deleteConstraint>SetNull</deleteConstraint><referenceTo>Account</referenceTo><relationshipName>Shipments</relationshipName>",
  ),
  "objects/Shipment__c/fields/State__c.field-meta.xml": fieldXml(
    "State__c",
    "Picklist",
    "<valueSet><restricted>true</restricted><valueSetName>Shipment_State</valueSetName></valueSet>",
  ),
  "objects/Shipment__c/fields/Handling__c.field-meta.xml": fieldXml(
    "Handling__c",
    "MultiselectPicklist",
    `<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>
      <value><fullName>Cold</fullName><default>false</default><label>Cold</label></value>
      <value><fullName>Fragile</fullName><default>false</default><label>Fragile</label></value>
    </valueSetDefinition></valueSet><visibleLines>4</visibleLines>`,
  ),
  "objects/Shipment__c/fields/Discount__c.field-meta.xml": fieldXml(
    "Discount__c",
    "Percent",
    "<precision>5</precision><scale>2</scale>",
  ),
  "objects/Shipment__c/fields/Reference__c.field-meta.xml": fieldXml(
    "Reference__c",
    "Text",
    "<externalId>true</externalId><length>30</length>",
  ),
  "objects/Parcel__c/Parcel__c.object-meta.xml": objectXml("Parcel"),
  "objects/Parcel__c/fields/Shipment__c.field-meta.xml": fieldXml(
    "Shipment__c",
    "MasterDetail",
    "<referenceTo>Shipment__c</referenceTo><relationshipName>Parcels</relationshipName><relationshipOrder>0</relationshipOrder><reparentableMasterDetail>false</reparentableMasterDetail><writeRequiresMasterRead>false</writeRequiresMasterRead>",
  ),
  "objects/Parcel__c/fields/Tracking__c.field-meta.xml": fieldXml(
    "Tracking__c",
    "Number",
    "<externalId>true</externalId><precision>10</precision><scale>0</scale><unique>true</unique>",
  ),
  "globalValueSets/Shipment_State.globalValueSet-meta.xml": `<GlobalValueSet ${namespace}>
    <customValue><fullName>Packed</fullName><default>true</default><label>Packed</label></customValue>
    <customValue><fullName>Sent</fullName><default>false</default><label>Sent</label></customValue>
    <customValue><fullName>Lost</fullName><default>false</default><isActive>false</isActive><label>Lost</label></customValue>
    <masterLabel>Shipment State</masterLabel><sorted>false</sorted></GlobalValueSet>`,
  "objects/Shipment_Sent__e/Shipment_Sent__e.object-meta.xml": `<CustomObject ${namespace}>
    <deploymentStatus>Deployed</deploymentStatus><eventType>HighVolume</eventType><label>Shipment Sent</label>
    <pluralLabel>Shipment Sent</pluralLabel><publishBehavior>PublishAfterCommit</publishBehavior></CustomObject>`,
  "objects/Shipment_Sent__e/fields/Number__c.field-meta.xml": fieldXml(
    "Number__c",
    "Text",
    "<length>30</length>",
  ),
  "flows/Shipment_Sent.flow-meta.xml": `<Flow ${namespace}>
    <apiVersion>67.0</apiVersion><label>Shipment Sent</label><processType>AutoLaunchedFlow</processType>
    <recordCreates>
      <name>Publish</name><label>Publish</label><locationX>0</locationX><locationY>0</locationY>
      <inputAssignments><field>Number__c</field><value><elementReference>$Record.Name</elementReference></value></inputAssignments>
      <object>Shipment_Sent__e</object>
    </recordCreates>
    <start>
      <locationX>0</locationX><locationY>0</locationY>
      <connector><targetReference>Publish</targetReference></connector>
      <doesRequireRecordChangedToMeetCriteria>true</doesRequireRecordChangedToMeetCriteria>
      <filterLogic>and</filterLogic>
      <filters><field>State__c</field><operator>EqualTo</operator><value><stringValue>Sent</stringValue></value></filters>
      <object>Shipment__c</object><recordTriggerType>Update</recordTriggerType><triggerType>RecordAfterSave</triggerType>
    </start>
    <status>Active</status></Flow>`,
};

export const shipmentSeed = {
  records: [
    { object: "Account", alias: "acme", values: { Name: "Acme", Customer_Key__c: "C-1" } },
    { object: "Shipment__c", alias: "s1", values: { Account__c: "@acme", Reference__c: "R1" } },
    { object: "Shipment__c", values: { Account__c: "@acme" } },
    { object: "Parcel__c", values: { Name: "@box", Shipment__c: "@s1", Tracking__c: 4711 } },
  ],
};

export type CustomProject = {
  readonly dir: string;
  readonly seedFile: string;
  write(file: string, text: string): void;
};

/** Writes the project's metadata and its seed to a folder of its own. */
export function writeShipmentProject(t: TestContext): CustomProject {
  const root = tempDir(t);
  const write = (file: string, text: string): void => {
    const path = join(root, "source", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  for (const [file, text] of Object.entries(shipmentFiles)) write(file, text);
  const seedFile = join(root, "seed.json");
  writeFileSync(seedFile, JSON.stringify(shipmentSeed));
  return { dir: join(root, "source"), seedFile, write };
}
