import type { CheckName } from "../src/run-checks.ts";
import type { MetadataCopy } from "./metadata-copy.ts";

/** A mistake in the metadata, the check that is there for it, and what its finding says. */
export type Defect = {
  readonly what: string;
  readonly check: CheckName;
  /** The file that the finding names. */
  readonly file: string;
  readonly plant: (copy: MetadataCopy, file: string) => void;
  readonly element: RegExp;
  readonly message: RegExp;
};

const main = "core/main/default";
const demo = "demo/main/default";
const publishFlow = `${main}/flows/Order_After_Save_Publish_Provision.flow-meta.xml`;
const prepareFlow = `${main}/flows/Order_Before_Save_Prepare_Approval.flow-meta.xml`;
const integrationSet = `${main}/permissionsets/Sluice_Integration.permissionset-meta.xml`;
const policy = `${main}/extlClntAppOauthPolicies/Sluice_plcy.ecaOauthPlcy-meta.xml`;
const eventObject = `${main}/objects/OrderProvisionRequested__e/OrderProvisionRequested__e.object-meta.xml`;
const stepField = `${main}/objects/Order/fields/Provisioning_Step__c.field-meta.xml`;
const transitionRule = `${demo}/objects/Order/validationRules/Order_Status_Cancelled_To_Draft.validationRule-meta.xml`;
const attentionView = `${demo}/objects/Order/listViews/Provisioning_Needs_Attention.listView-meta.xml`;
const counterTest = `${main}/flowtests/Publish_Provision_On_Approval.flowtest-meta.xml`;
const cloneTest = `${main}/flowtests/Reset_Copy_Empties_Clone.flowtest-meta.xml`;
const apexTest = `${main}/classes/SluiceOrderApprovalTest.cls`;

const namespace = 'xmlns="http://soap.sforce.com/2006/04/metadata"';

const replacing =
  (from: string, to: string): Defect["plant"] =>
  (copy, file) => {
    copy.edit(file, from, to);
  };
const adding =
  (text: string): Defect["plant"] =>
  (copy, file) => {
    copy.add(file, text);
  };

const subscription = (topic: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<ManagedEventSubscription ${namespace}>
    <defaultReplay>EARLIEST</defaultReplay>
    <errorRecoveryReplay>EARLIEST</errorRecoveryReplay>
    <label>Order Provisioning</label>
    <state>RUN</state>
    <topicName>${topic}</topicName>
    <version>67.0</version>
</ManagedEventSubscription>
`;

export const defects: readonly Defect[] = [
  {
    what: "a tag that is not closed",
    check: "well-formed",
    file: publishFlow,
    plant: replacing("</status>", ""),
    element: /^column \d+$/,
    message: /status.*Repair the XML/,
  },
  {
    what: "an element that the type does not have",
    check: "types",
    file: publishFlow,
    plant: replacing("<object>Order</object>", "<object>Order</object><sobject>Order</sobject>"),
    element: /^Flow\/start\/sobject$/,
    message: /FlowStart has no element <sobject>/,
  },
  {
    what: "a value that its enumeration does not have",
    check: "types",
    file: policy,
    plant: replacing(">Zero<", ">Never<"),
    element: /\/refreshTokenPolicyType$/,
    message: /takes one of Infinite, Zero, .*, and holds "Never"/,
  },
  {
    what: "a missing element that the type requires",
    check: "types",
    file: integrationSet,
    plant: replacing("<label>Sluice Integration</label>", ""),
    element: /^PermissionSet$/,
    message: /PermissionSet needs <label>/,
  },
  {
    what: "a repeated element that may stand once",
    check: "types",
    file: stepField,
    plant: replacing("<length>80</length>", "<length>80</length><length>90</length>"),
    element: /^CustomField\/length/,
    message: /<length> may stand in <CustomField> once/,
  },
  {
    what: "equal elements that do not stand together",
    check: "types",
    file: prepareFlow,
    plant: replacing(
      "<status>Active</status>",
      "<variables><name>Late</name><dataType>String</dataType></variables><status>Active</status>",
    ),
    element: /^Flow\/variables\[NoDateTime\]$/,
    message: /All <variables> inside <Flow> must stand together/,
  },
  {
    what: "a word where a number belongs",
    check: "types",
    file: stepField,
    plant: replacing("<length>80</length>", "<length>eighty</length>"),
    element: /^CustomField\/length$/,
    message: /<length> takes a number, and holds "eighty"/,
  },
  {
    what: "a word where true or false belongs",
    check: "types",
    file: publishFlow,
    plant: replacing("<isFieldError>false</isFieldError>", "<isFieldError>no</isFieldError>"),
    element: /\/isFieldError$/,
    message: /takes true or false, and holds "no"/,
  },
  {
    what: "a root element that is no component",
    check: "types",
    file: `${demo}/settings/Order.settings-meta.xml`,
    plant: adding(`<OrdersSettings ${namespace}/>`),
    element: /^OrdersSettings$/,
    message: /<OrdersSettings> is no type of the Metadata API/,
  },
  {
    what: "a connector to nowhere",
    check: "org",
    file: publishFlow,
    plant: replacing(
      "<targetReference>Refuse_Approval</targetReference>",
      "<targetReference>Refuse</targetReference>",
    ),
    element: /faultConnector\/targetReference$/,
    message: /no element "Refuse"/,
  },
  {
    what: "a required event field that is not assigned",
    check: "org",
    file: publishFlow,
    plant: replacing("<field>Order_Id__c</field>", "<field>Order_Number__c</field>"),
    element: /^Flow\/recordCreates/,
    message: /Order_Id__c is required; assign it/,
  },
  {
    what: "an assignment of another type",
    check: "org",
    file: publishFlow,
    plant: replacing("$Record.TotalAmount", "$Record.OrderNumber"),
    element: /\/elementReference$/,
    message: /Total_Amount__c takes number, and gets text/,
  },
  {
    what: "a status in a filter that the value set does not have",
    check: "org",
    file: publishFlow,
    plant: replacing("<stringValue>Approved</stringValue>", "<stringValue>Approvd</stringValue>"),
    element: /filters\/value\/stringValue$/,
    message: /"Approvd" is no value of Status/,
  },
  {
    what: "a permission on a field that is not there",
    check: "org",
    file: integrationSet,
    plant: replacing("<field>Order.Approved_At__c</field>", "<field>Order.Approved__c</field>"),
    element: /fieldPermissions\[2\]\/field$/,
    message: /Order has no field "Approved__c"/,
  },
  {
    what: "an event without a publish behavior",
    check: "org",
    file: eventObject,
    plant: replacing("<publishBehavior>PublishAfterCommit</publishBehavior>", ""),
    element: /^CustomObject$/,
    message: /needs <publishBehavior>/,
  },
  {
    what: "a start with IsChanged and changed-to-meet",
    check: "org",
    file: publishFlow,
    plant: replacing(
      "<filters>",
      `<filters>
            <field>Status</field>
            <operator>IsChanged</operator>
            <value>
                <booleanValue>true</booleanValue>
            </value>
        </filters>
        <filters>`,
    ),
    element: /^Flow/,
    message: /IsChanged and doesRequireRecordChangedToMeetCriteria exclude each other/,
  },
  {
    what: "a flow that is not active",
    check: "org",
    file: prepareFlow,
    plant: replacing("<status>Active</status>", "<status>Draft</status>"),
    element: /^Flow/,
    message: /its status is not Active/,
  },
  {
    what: "a field without a help text",
    check: "cross",
    file: stepField,
    plant: replacing("<inlineHelpText>What is being done for this Order at the moment.</inlineHelpText>", ""),
    element: /^CustomField$/,
    message: /Order\.Provisioning_Step__c has no <inlineHelpText>/,
  },
  {
    what: "a field that no permission set grants",
    check: "cross",
    file: `${main}/objects/Order/fields/Colour__c.field-meta.xml`,
    plant: adding(
      `<CustomField ${namespace}><fullName>Colour__c</fullName><description>D</description>
       <inlineHelpText>H</inlineHelpText><label>Colour</label><length>9</length><type>Text</type></CustomField>`,
    ),
    element: /^CustomField$/,
    message: /No permission set grants Order\.Colour__c/,
  },
  {
    what: "a status in a rule that the value set does not have",
    check: "cross",
    file: transitionRule,
    plant: replacing('"Cancelled"', '"Canceled"'),
    element: /errorConditionFormula$/,
    message: /"Canceled" is no value of Status; it has Draft, .*Cancelled/,
  },
  {
    what: "a picklist that is assigned what it does not have",
    check: "cross",
    file: prepareFlow,
    plant: replacing("<stringValue>Not Requested</stringValue>", "<stringValue>None</stringValue>"),
    element: /assignmentItems\[3\]\/value\/stringValue$/,
    message: /"None" is no value of Provisioning_Status__c/,
  },
  {
    what: "a list view over a status that is none",
    check: "cross",
    file: attentionView,
    plant: replacing("Held,Failed", "Held,Broken"),
    element: /filters\/value$/,
    message: /"Broken" is no value of Provisioning_Status__c/,
  },
  {
    what: "a list view with a column that is no field",
    check: "cross",
    file: attentionView,
    plant: replacing("<columns>Approved_At__c<", "<columns>Approved__c<"),
    element: /columns\[7\]$/,
    message: /Order has no field "Approved__c"/,
  },
  {
    what: "an app policy for a permission set that is not there",
    check: "cross",
    file: policy,
    plant: replacing("Sluice_App_Access", "Sluice_Access"),
    element: /commaSeparatedPermissionSet$/,
    message: /no permission set "Sluice_Access"; there are Sluice_App_Access/,
  },
  {
    what: "OAuth settings of an app that is not there",
    check: "cross",
    file: `${main}/extlClntAppOauthSettings/Sluice_oauth.ecaOauth-meta.xml`,
    plant: replacing(">Sluice<", ">Slice<"),
    element: /externalClientApplication$/,
    message: /no external client app "Slice"/,
  },
  {
    what: "the key file of an app",
    check: "cross",
    file: `${main}/extlClntAppGlobalOauthSets/Sluice_glbl.ecaGlblOauth-meta.xml`,
    plant: adding(`<ExtlClntAppGlobalOauthSettings ${namespace}/>`),
    element: /^$/,
    message: /key and the secret of an app\. Delete it/,
  },
  {
    what: "a .forceignore that lets the key file in",
    check: "cross",
    file: ".forceignore",
    plant: replacing("**/*.ecaGlblOauth-meta.xml", ""),
    element: /^$/,
    message: /Add the line \*\*\/\*\.ecaGlblOauth-meta\.xml/,
  },
  {
    what: "a flow test of a flow that is not there",
    check: "cross",
    file: counterTest,
    plant: replacing("Order_After_Save_Publish_Provision<", "Order_After_Save_Publish<"),
    element: /flowApiName$/,
    message: /no flow "Order_After_Save_Publish"/,
  },
  {
    what: "a flow test over an element that the flow does not have",
    check: "cross",
    file: counterTest,
    plant: replacing(">Publish_Provision_Request<", ">Publish_Request<"),
    element: /leftValueReference$/,
    message: /The flow has no element "Publish_Request"; it has .*Publish_Provision_Request/,
  },
  {
    what: "a flow test that starts with a field that is not there",
    check: "cross",
    file: cloneTest,
    plant: replacing('"Provisioning_Step__c"', '"Step__c"'),
    element: /sobjectValue$/,
    message: /Order has no field "Step__c"/,
  },
  {
    what: "a flow test that starts with text in a number",
    check: "cross",
    file: cloneTest,
    plant: replacing('"Approval_Sequence__c":1', '"Approval_Sequence__c":"1"'),
    element: /sobjectValue$/,
    message: /Approval_Sequence__c takes number, and holds "1"/,
  },
  {
    what: "a flow test on Create with an updated record",
    check: "cross",
    file: cloneTest,
    plant: replacing("InputTriggeringRecordInitial", "InputTriggeringRecordUpdated"),
    element: /^FlowTest\/testPoints\[1\]$/,
    message: /A flow on Create is started with InputTriggeringRecordInitial/,
  },
  {
    what: "a flow that no flow test runs",
    check: "cross",
    file: publishFlow,
    plant: (copy) => {
      for (const name of ["Not_On_Edit", "On_Approval"]) {
        copy.remove(`${main}/flowtests/Publish_Provision_${name}.flowtest-meta.xml`);
      }
    },
    element: /^Flow$/,
    message: /No flow test runs Order_After_Save_Publish_Provision/,
  },
  {
    what: "a managed subscription to a topic that is none",
    check: "cross",
    file: `${main}/managedEventSubscriptions/Orders.managedEventSubscription-meta.xml`,
    plant: adding(subscription("/event/OrderProvisioned__e")),
    element: /topicName$/,
    message: /"\/event\/OrderProvisioned__e" is no topic/,
  },
  {
    what: "a channel member for an event that is not there",
    check: "cross",
    file: `${main}/platformEventChannelMembers/A.platformEventChannelMember-meta.xml`,
    plant: adding(
      `<PlatformEventChannelMember ${namespace}><eventChannel>Orders__chn</eventChannel>
       <selectedEntity>Other__e</selectedEntity></PlatformEventChannelMember>`,
    ),
    element: /selectedEntity$/,
    message: /no event "Other__e"/,
  },
  {
    what: "a flow of another API version than the project's",
    check: "cross",
    file: publishFlow,
    plant: replacing("<apiVersion>67.0<", "<apiVersion>66.0<"),
    element: /apiVersion$/,
    message: /The file states 66\.0, and the project 67\.0/,
  },
  {
    what: "a variable that the flow does not use",
    check: "flows",
    file: prepareFlow,
    plant: replacing(
      "    <variables>",
      `    <variables>
        <description>Left over.</description>
        <name>Unused</name>
        <dataType>String</dataType>
        <isCollection>false</isCollection>
        <isInput>false</isInput>
        <isOutput>false</isOutput>
    </variables>
    <variables>`,
    ),
    element: /^Unused$/,
    message: /^UnusedVariable: /,
  },
  {
    what: "an allowance for the scanner that nothing needs",
    check: "flows",
    file: "config/metadata-checks.json",
    plant: adding('{ "flowScanner": [{ "rule": "HardcodedId", "flow": "Order_X", "reason": "once" }] }'),
    element: /^$/,
    message: /Nothing in Order_X needs the allowance for HardcodedId/,
  },
  {
    what: "a class without its meta file",
    check: "conversion",
    file: apexTest,
    plant: (copy, file) => {
      copy.remove(`${file}-meta.xml`);
    },
    element: /^$/,
    message: /SluiceOrderApprovalTest\.cls-meta\.xml is missing/,
  },
  {
    what: "a file with a suffix that is none",
    check: "conversion",
    file: `${main}/flows/Order_Extra.flows-meta.xml`,
    plant: adding(`<Flow ${namespace}/>`),
    element: /^$/,
    message: /infer|No component takes it/,
  },
  {
    what: "source that .forceignore keeps from being deployed",
    check: "conversion",
    file: stepField,
    plant: (copy) => {
      copy.edit(".forceignore", "**/README.md", "**/README.md\n**/Provisioning_Step__c*");
    },
    element: /^$/,
    message: /\.forceignore excludes it/,
  },
  {
    what: "a syntax error in Apex",
    check: "apex",
    file: apexTest,
    plant: replacing("insert customer;", "insert customer"),
    element: /^column \d+$/,
    message: /Correct the syntax/,
  },
  {
    what: "an unknown key in sfdx-project.json",
    check: "project",
    file: "sfdx-project.json",
    plant: replacing('"namespace"', '"nameSpace": "", "namespace"'),
    element: /^\/$/,
    message: /nameSpace/,
  },
  {
    what: "an edition that no scratch org has",
    check: "project",
    file: "config/project-scratch-def.json",
    plant: replacing('"Developer"', '"Developper"'),
    element: /^\/edition$/,
    message: /must be equal to one of the allowed values/,
  },
];
