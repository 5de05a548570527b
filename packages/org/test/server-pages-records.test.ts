import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openOrgCore } from "../src/open-org-core.ts";
import { metadataDirs, operator, orderId, seedFiles } from "./core-harness.ts";
import { writeShipmentProject } from "./custom-metadata.ts";
import { fakeCore, operatorId } from "./server-fake-core.ts";
import { visit } from "./server-pages-visitor.ts";

const accountId = "001Hs0000000001IAA";
const editPath = `/records/Order/${orderId}/edit`;

function visitProject(context: TestContext, seeds: readonly string[] = ["10-", "20-", "f"]) {
  return visit(context, (now) =>
    openOrgCore({
      metadataDirs,
      databaseFile: ":memory:",
      seedFiles: seedFiles(...seeds),
      clock: now,
      random: () => 0.5,
    }),
  );
}

test("every page answers those who are signed in, and nobody else", async (context) => {
  const { org, get } = await visitProject(context);
  const paths = [
    "/",
    "/?q=101&status=Draft&page=2",
    `/orders/${orderId}`,
    editPath,
    "/records/Account",
    "/records/Account?q=jansen",
    `/records/Account/${accountId}`,
    `/records/Account/${accountId}/edit`,
    "/events",
    "/events?topic=/event/OrderProvisionRequested__e",
    "/events/publish",
    "/faults",
    "/setup",
  ];
  for (const path of paths) {
    const page = await get(path);
    assert.equal(page.status, 200, path);
    assert.match(
      page.headers.get("content-security-policy") ?? "",
      /default-src 'none'; style-src 'self'; script-src 'self'/,
    );
    const text = await page.text();
    assert.doesNotMatch(text, /\sstyle=|\son\w+=|<style|<script(?! src="\/org\.js")/, path);
    const stranger = await fetch(org.url + path, { redirect: "manual" });
    assert.deepEqual([stranger.status, stranger.headers.get("location")], [303, "/login"], path);
  }
});

test("every form refuses an origin that is not this org", async (context) => {
  const { core, org, post } = await visitProject(context);
  const paths = [
    `/orders/${orderId}/approve`,
    `/orders/${orderId}/clone`,
    editPath,
    "/events/publish",
    "/faults/arm",
    "/faults/disarm",
    "/faults/disarm-all",
    "/clock/advance",
    "/clock/rate",
    "/clock/set",
    "/setup/reload",
    "/logout",
  ];
  org.faults.arm({
    kind: "row_locked",
    schedule: { kind: "times", times: 1 },
    match: { object: "None" },
    options: {},
  });
  for (const path of paths) {
    const answer = await post(path, { kind: "row_locked", forMs: "60000", rate: "0" }, "http://evil.test");
    assert.equal(answer.status, 403, path);
  }
  assert.equal(core.get("Order", orderId)?.["Status"], "Draft");
  assert.equal(org.faults.list().length, 1);
  assert.equal(org.clock.state.rate, 1);
});

test("an edit saves what was changed in the form, and nothing else", async (context) => {
  const { core, read, post } = await visitProject(context);
  const form = await read(editPath);
  assert.match(form, /<select[^>]*name="Status"/);
  assert.match(form, /<input\s+type="date"[^>]*name="EffectiveDate"/);
  assert.match(form, /How often this Order was approved/);
  assert.doesNotMatch(form, /name="OrderNumber"/);
  core.update(operator, "Order", orderId, { Description: "changed meanwhile" });
  const saved = await post(editPath, {
    "was.PoNumber": "",
    PoNumber: "PO-1",
    "was.Description": "",
    Description: "",
    "was.Approved_At__c": "",
    Approved_At__c: "2026-01-31T12:00",
    "was.Approval_Sequence__c": "0",
    Approval_Sequence__c: "7",
    "was.BillingStreet": "",
    BillingStreet: "Line 1\r\nLine 2",
  });
  assert.deepEqual([saved.status, saved.headers.get("location")], [303, `/orders/${orderId}`]);
  const order = core.get("Order", orderId);
  assert.deepEqual(
    [
      order?.["PoNumber"],
      order?.["Description"],
      order?.["Approved_At__c"],
      order?.["Approval_Sequence__c"],
      order?.["BillingStreet"],
    ],
    ["PO-1", "changed meanwhile", "2026-01-31T12:00:00.000Z", 7, "Line 1\nLine 2"],
  );
});

for (const [field, typed, message] of [
  ["Approval_Sequence__c", "many", "Approval Sequence: value not of required type: many (expected a number)"],
  ["EffectiveDate", "", "Required fields are missing: [EffectiveDate]"],
  ["PoNumber", "x".repeat(81), "PO Number|Po Number: data value too large"],
] as const) {
  test(`a ${field} that the org refuses is told at the field, and everything typed is kept`, async (context) => {
    const { core, post } = await visitProject(context);
    const before = core.get("Order", orderId);
    const refused = await post(editPath, {
      [`was.${field}`]: "something else",
      [field]: typed,
      "was.BillingCity": "",
      BillingCity: 'Sous "le" <Pont>',
    });
    assert.equal(refused.status, 400);
    const text = await refused.text();
    assert.ok(
      message.split("|").some((wanted) => text.includes(wanted)),
      text.slice(0, 3_000),
    );
    assert.match(text, new RegExp(`id="field-${field}"[^>]*aria-invalid="true"`));
    assert.ok(text.includes('value="Sous &quot;le&quot; &lt;Pont&gt;"'));
    if (typed !== "") assert.ok(text.includes(`value="${typed}"`));
    assert.deepEqual(core.get("Order", orderId), before);
  });
}

test("orders are found by number, account and status, and paged", async (context) => {
  const orders = Array.from({ length: 120 }, (_item, index) => ({
    Id: `801000000000${String(index).padStart(3, "0")}AAA`,
    OrderNumber: String(1_000 + index),
    Status: index % 3 === 0 ? "Approved" : "Draft",
    AccountId: index < 60 ? "001000000000001AAA" : null,
  }));
  const { read } = await visit(context, () =>
    fakeCore({
      User: [{ Id: operatorId, Username: "operator@sluice.test", IsActive: true, Name: "Olga" }],
      Account: [{ Id: "001000000000001AAA", Name: "Vega" }],
      Order: orders,
    }),
  );
  const numbers = async (path: string) =>
    [...(await read(path)).matchAll(/<a href="\/orders\/[^"]+">(\d+)</g)].map(([, number]) => Number(number));
  assert.deepEqual([(await numbers("/"))[0], (await numbers("/")).length], [1_119, 50]);
  assert.deepEqual((await numbers("/?page=3")).at(-1), 1_000);
  assert.deepEqual((await numbers("/?page=99")).length, 20);
  assert.deepEqual((await numbers("/?status=Approved&page=1")).length, 40);
  assert.deepEqual(await numbers("/?q=1117"), [1_117]);
  assert.equal((await numbers("/?q=vega&status=Draft"))[0], 1_059);
  assert.match(
    await read("/?q=vega"),
    /All <small>60<\/small>[\s\S]*Approved <small>20<\/small>[\s\S]*Draft <small>40</,
  );
  assert.match(await read("/?q=nobody"), /No order fits\./);
});

test("a record links to what it points at and to what points at it", async (context) => {
  const { read, get } = await visitProject(context);
  const account = await read(`/records/Account/${accountId}`);
  assert.ok(account.includes(`href="/orders/${orderId}"`));
  assert.ok((await read(`/orders/${orderId}`)).includes(`href="/records/Account/${accountId}"`));
  assert.equal((await get(`/records/Order/${orderId}`)).headers.get("location"), `/orders/${orderId}`);
});

test("what is not there is told on a page, and to programs as before", async (context) => {
  const { org, get } = await visitProject(context);
  for (const path of ["/orders/801000000000009AAA", "/records/Account/x", "/records/Account/x/edit"]) {
    const missing = await get(path);
    assert.equal(missing.status, 404);
    assert.match(await missing.text(), /<h1>No such record<\/h1>[\s\S]*<a href="\/">Go to Orders/, path);
  }
  assert.match(await (await get("/records/Nothing")).text(), /<h1>No such object<\/h1>/);
  const page = await fetch(`${org.url}/nothing`, { headers: { accept: "text/html" } });
  assert.deepEqual([page.status, page.headers.get("content-type")], [404, "text/html; charset=utf-8"]);
  assert.match(await page.text(), /<h1>No such page<\/h1>/);
  assert.deepEqual(await (await get("/nothing")).json(), {
    message: "Route GET:/nothing not found",
    error: "Not Found",
    statusCode: 404,
  });
});

test("an org without orders says how to make one", async (context) => {
  const { read } = await visitProject(context, ["10-"]);
  assert.match(await read("/"), /There are no orders\. Make one over the REST API/);
  assert.match(await read("/records/Contact"), /There is no Contact yet\./);
});

test("a cloned order is a draft of its own, and comes up next", async (context) => {
  const { core, read, post } = await visitProject(context);
  assert.match(await read(`/orders/${orderId}`), /action="\/orders\/[^"]+\/clone"/);
  const cloned = await post(`/orders/${orderId}/clone`);
  const path = cloned.headers.get("location") ?? "";
  assert.equal(cloned.status, 303);
  assert.notEqual(path, `/orders/${orderId}`);
  assert.equal(core.get("Order", path.replace("/orders/", ""))?.["Status"], "Draft");
  assert.match(await read(path), /Mobile 10 GB eSIM/);
});

test("a project without orders starts with its own objects, and edits them", async (context) => {
  const project = writeShipmentProject(context);
  const { core, get, read, post } = await visit(context, (now) =>
    openOrgCore({
      metadataDirs: [project.dir],
      databaseFile: ":memory:",
      seedFiles: [project.seedFile],
      clock: now,
      random: () => 0.5,
    }),
  );
  const home = (await get("/")).headers.get("location") ?? "";
  assert.match(home, /^\/records\/\w+__c$/);
  assert.match(await read(home), /<nav aria-label="Main">\s*<a href="\/records\/\w+__c"/);
  const [shipment] = core.all("Shipment__c");
  const path = `/records/Shipment__c/${String(shipment?.["Id"])}`;
  assert.match(await read("/records/Shipment__c"), /<h1>Shipments<\/h1>[\s\S]*S-0007[\s\S]*Acme/);
  assert.match(await read(path), /<h1>S-0007<\/h1>[\s\S]*@box/);
  assert.match(await read(`${path}/edit`), /<select[^>]*name="State__c"/);
  const saved = await post(`${path}/edit`, { "was.State__c": "Packed", State__c: "Sent" });
  assert.equal(saved.headers.get("location"), path);
  assert.equal(core.get("Shipment__c", String(shipment?.["Id"]))?.["State__c"], "Sent");
  assert.match(await read("/setup"), /Shipment_Sent__e/);
});
