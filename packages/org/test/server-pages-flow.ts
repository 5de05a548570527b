const place = "<locationX>0</locationX><locationY>0</locationY>";

function condition(field: string, operator: string, value: string): string {
  return `<conditions><leftValueReference>$Record.${field}</leftValueReference><operator>${operator}</operator>
    <rightValue>${value}</rightValue></conditions>`;
}

function rule(name: string, conditions: string, target: string): string {
  return `<rules><name>${name}</name><conditionLogic>and</conditionLogic>${conditions}
    <connector><targetReference>${target}</targetReference></connector><label>${name}</label></rules>`;
}

function to(connector: string, target: string): string {
  return `<${connector}><targetReference>${target}</targetReference></${connector}>`;
}

function count(name: string, connector: string): string {
  return `<assignments><name>${name}</name><label>${name}</label>${place}
    <assignmentItems><assignToReference>Count</assignToReference><operator>Add</operator>
      <value><numberValue>1.0</numberValue></value></assignmentItems>${connector}</assignments>`;
}

/** Two decisions, branches that meet again, a fault path, and an end on the way. */
export const branchingFlow = `<?xml version="1.0" encoding="UTF-8"?>
<Flow xmlns="http://soap.sforce.com/2006/04/metadata">
  <apiVersion>67.0</apiVersion>
  ${count("Count_Medium", to("connector", "Publish_Request"))}
  ${count("Finish", "")}
  <customErrors><name>Refuse_Order</name><label>Refuse</label>${place}
    <customErrorMessages><errorMessage>Not like this: {!$Flow.FaultMessage}</errorMessage><isFieldError>false</isFieldError></customErrorMessages>
  </customErrors>
  <decisions><name>How_Large</name><label>How large</label>${place}
    <defaultConnectorLabel>Other</defaultConnectorLabel>
    ${rule("Large", condition("TotalAmount", "GreaterThan", "<numberValue>1000.0</numberValue>"), "Has_Reference")}
    ${rule("Medium", condition("TotalAmount", "GreaterThan", "<numberValue>100.0</numberValue>"), "Count_Medium")}
  </decisions>
  <decisions><name>Has_Reference</name><label>Has reference</label>${place}
    ${to("defaultConnector", "Refuse_Order")}
    <defaultConnectorLabel>Other</defaultConnectorLabel>
    ${rule("Has_A_Reference", condition("PoNumber", "IsNull", "<booleanValue>false</booleanValue>"), "Publish_Request")}
  </decisions>
  <label>Order After Save Route By Size</label>
  <processType>AutoLaunchedFlow</processType>
  <recordCreates><name>Publish_Request</name><label>Publish</label>${place}
    ${to("connector", "Finish")}${to("faultConnector", "Refuse_Order")}
    <inputAssignments><field>Order_Id__c</field><value><elementReference>$Record.Id</elementReference></value></inputAssignments>
    <inputAssignments><field>Request_Key__c</field><value><elementReference>$Record.OrderNumber</elementReference></value></inputAssignments>
    <object>OrderProvisionRequested__e</object>
  </recordCreates>
  <start>${place}${to("connector", "How_Large")}
    <filterLogic>1 AND (2 OR 3)</filterLogic>
    <filters><field>Status</field><operator>EqualTo</operator><value><stringValue>In Review</stringValue></value></filters>
    <filters><field>PoNumber</field><operator>IsNull</operator><value><booleanValue>false</booleanValue></value></filters>
    <filters><field>Description</field><operator>StartsWith</operator><value><stringValue>Big</stringValue></value></filters>
    <object>Order</object><recordTriggerType>CreateAndUpdate</recordTriggerType><triggerType>RecordAfterSave</triggerType>
  </start>
  <status>Active</status>
  <variables><name>Count</name><dataType>Number</dataType><isCollection>false</isCollection></variables>
</Flow>
`;
