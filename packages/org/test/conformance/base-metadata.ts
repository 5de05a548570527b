const namespace = 'xmlns="http://soap.sforce.com/2006/04/metadata"';

type Files = Readonly<Record<string, string>>;

/** A field file in the folder of its object. */
export function fieldFile(object: string, name: string, rest: string): Files {
  return {
    [`objects/${object}/fields/${name}.field-meta.xml`]: `<CustomField ${namespace}><fullName>${name}</fullName>
      <label>${name}</label>${rest}</CustomField>`,
  };
}

export function eventFile(name: string, publishBehavior: string): Files {
  return {
    [`objects/${name}/${name}.object-meta.xml`]: `<CustomObject ${namespace}>
      <deploymentStatus>Deployed</deploymentStatus><eventType>HighVolume</eventType><label>${name}</label>
      <pluralLabel>${name}</pluralLabel>${publishBehavior}</CustomObject>`,
  };
}

/** A validation rule of the Order. */
export function ruleFile(name: string, formula: string): Files {
  const text = formula.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return {
    [`objects/Order/validationRules/${name}.validationRule-meta.xml`]: `<ValidationRule ${namespace}>
      <fullName>${name}</fullName><active>true</active><errorConditionFormula>${text}</errorConditionFormula>
      <errorMessage>${name} refuses.</errorMessage></ValidationRule>`,
  };
}

function status(name: string, group: string, isDefault = false): string {
  return `<standardValue><fullName>${name}</fullName><default>${isDefault}</default><label>${name}</label>
    <groupingString>${group}</groupingString></standardValue>`;
}

const text = (length: number): string => `<length>${length}</length><type>Text</type>`;
const number = "<precision>18</precision><scale>2</scale><type>Number</type>";
const required = "<required>true</required>";

/** Orders with a field of each kind, an event that waits for the commit, and one that does not. */
export const baseFiles: Files = {
  "standardValueSets/OrderStatus.standardValueSet-meta.xml": `<StandardValueSet ${namespace}>
    <groupingStringEnum>OrderStatusCode</groupingStringEnum><sorted>false</sorted>
    ${status("Draft", "Draft", true)}${status("In Review", "Draft")}${status("Approved", "Draft")}
    ${status("Activated", "Activated")}</StandardValueSet>`,
  ...fieldFile("Order", "Count__c", "<precision>6</precision><scale>0</scale><type>Number</type>"),
  ...fieldFile("Order", "Note__c", text(40)),
  ...fieldFile("Order", "Trace__c", text(255)),
  ...fieldFile("Order", "Flag__c", "<defaultValue>false</defaultValue><type>Checkbox</type>"),
  ...fieldFile("Order", "At__c", "<type>DateTime</type>"),
  ...fieldFile(
    "Order",
    "Choice__c",
    `<type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>
     <value><fullName>One</fullName><default>false</default><label>One</label></value>
     <value><fullName>Two</fullName><default>false</default><label>Two</label></value>
     </valueSetDefinition></valueSet>`,
  ),
  ...eventFile("Probe__e", "<publishBehavior>PublishAfterCommit</publishBehavior>"),
  ...fieldFile("Probe__e", "Order_Id__c", text(18) + required),
  ...fieldFile("Probe__e", "Note__c", text(20)),
  ...fieldFile("Probe__e", "Amount__c", number),
  ...fieldFile("Probe__e", "Flag__c", "<defaultValue>true</defaultValue><type>Checkbox</type>"),
  ...fieldFile("Probe__e", "At__c", "<type>DateTime</type>"),
  ...fieldFile("Probe__e", "Day__c", "<type>Date</type>"),
  ...fieldFile(
    "Probe__e",
    "Long__c",
    "<length>2000</length><type>LongTextArea</type><visibleLines>3</visibleLines>",
  ),
  ...eventFile("Log__e", "<publishBehavior>PublishImmediately</publishBehavior>"),
  ...fieldFile("Log__e", "Note__c", text(40)),
};
