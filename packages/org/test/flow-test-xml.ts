/** The parts of a flow test that tests change; the rest is as the builder writes it. */
export type FlowTestParts = {
  readonly flow?: string;
  readonly initial?: string;
  readonly updated?: string;
  readonly finish: string;
};

export const sampleOrder = { AccountId: "001Hs0000000001IAA", EffectiveDate: "2026-12-01", Status: "Draft" };

/** As the flow that counts approvals leaves it, which does not run in the test of another. */
export const approvedOrder = { ...sampleOrder, Status: "Approved", Approval_Sequence__c: 1 };

export function flowTestXml({ flow, initial, updated, finish }: FlowTestParts): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<FlowTest xmlns="http://soap.sforce.com/2006/04/metadata">
  <flowApiName>${flow ?? "Order_After_Save_Publish_Provision"}</flowApiName><label>Probe</label>
  <testPoints><elementApiName>Start</elementApiName>
    ${initial ?? sample("Initial", sampleOrder)}${updated ?? sample("Updated", approvedOrder)}
  </testPoints>
  <testPoints>${finish}<elementApiName>Finish</elementApiName></testPoints>
  <testType>WithAssertion</testType>
</FlowTest>`;
}

export function sample(which: "Initial" | "Updated", values: unknown): string {
  const json = typeof values === "string" ? values : JSON.stringify(values);
  return `<parameters><leftValueReference>$Record</leftValueReference><type>InputTriggeringRecord${which}</type>
    <value><sobjectValue>${json.replaceAll('"', "&quot;")}</sobjectValue></value></parameters>`;
}

export function expectation(left: string, operator: string, right: string, message = "Wrong."): string {
  const value = right === "" ? "" : `<rightValue>${right}</rightValue>`;
  return `<assertions><conditions><leftValueReference>${left}</leftValueReference><operator>${operator}</operator>
    ${value}</conditions><errorMessage>${message}</errorMessage></assertions>`;
}
