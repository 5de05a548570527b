import assert from "node:assert/strict";
import { test } from "node:test";
import { getOrder, openTestOrg, operator, orderId, publishedEvents, setStatus } from "./core-harness.ts";

/** Saves that lead to a status, and whether the demo's rules take the last one. */
const transitions: readonly { readonly path: readonly string[]; readonly refused: RegExp | null }[] = [
  { path: ["Approved"], refused: null },
  { path: ["In Review", "Approved"], refused: null },
  { path: ["Approved", "Draft"], refused: null },
  { path: ["Approved", "Provisioning", "Activated"], refused: null },
  { path: ["Approved", "Activated"], refused: null },
  { path: ["On Hold", "Activated"], refused: null },
  { path: ["Approved", "Activated", "Approved"], refused: null },
  { path: ["Approved", "Activated", "Draft"], refused: null },
  { path: ["Cancelled", "Draft"], refused: null },
  { path: ["Cancelled", "Cancelled"], refused: null },
  { path: ["Activated"], refused: /Approve it first/ },
  { path: ["In Review", "Activated"], refused: /Approve it first/ },
  { path: ["Cancelled", "Approved"], refused: /can only go back to Draft/ },
  { path: ["Cancelled", "On Hold"], refused: /can only go back to Draft/ },
  { path: ["Cancelled", "Activated"], refused: /Approve it first|can only go back to Draft/ },
];

for (const { path, refused } of transitions) {
  const last = path.at(-1) ?? "";
  const way = ["Draft", ...path].join(" → ");
  test(`the order status ${way} is ${refused === null ? "taken" : "refused"}`, (t) => {
    const { core } = openTestOrg(t);
    for (const status of path.slice(0, -1)) setStatus(core, status);
    const before = getOrder(core);
    const save = (): void => {
      setStatus(core, last);
    };
    if (refused === null) {
      save();
      assert.equal(getOrder(core)["Status"], last);
      return;
    }
    assert.throws(save, {
      code: "FIELD_CUSTOM_VALIDATION_EXCEPTION",
      message: refused,
      fields: ["Status"],
    });
    assert.deepEqual(getOrder(core), before);
  });
}

test("a clone starts without the approval and the provisioning of its original", (t) => {
  const { core } = openTestOrg(t);
  setStatus(core, "Approved");
  core.update(operator, "Order", orderId, {
    Provisioning_Status__c: "Held",
    Provisioning_Version__c: 7,
    Provisioning_Step__c: "Activate line",
    Provisioning_Error_Code__c: "SKU_NOT_MAPPED",
    Provisioning_Error_Message__c: "The product is not known.",
    Provisioning_Started_At__c: "2026-11-23T09:00:01.000Z",
    Provisioning_Updated_At__c: "2026-11-23T09:00:02.000Z",
    Provisioning_Completed_At__c: "2026-11-23T09:00:03.000Z",
  });
  const original = getOrder(core);
  const custom = Object.entries(original).filter(([name]) => name.endsWith("__c"));
  const id = core.create(operator, "Order", {
    AccountId: original["AccountId"] ?? null,
    EffectiveDate: original["EffectiveDate"] ?? null,
    Pricebook2Id: original["Pricebook2Id"] ?? null,
    Status: "Draft",
    PoNumber: "4711",
    ...Object.fromEntries(custom),
  });
  const copy = getOrder(core, id);
  assert.equal(custom.length, 10);
  for (const [name] of custom) {
    assert.equal(copy[name], name === "Provisioning_Status__c" ? "Not Requested" : null, name);
  }
  assert.equal(copy["PoNumber"], "4711");
  setStatus(core, "Approved", id);
  assert.deepEqual(
    publishedEvents(core).map((event) => event["Request_Key__c"]),
    [`${orderId}-1-P`, `${id}-1-P`],
  );
});
