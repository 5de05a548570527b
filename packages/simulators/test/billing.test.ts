import assert from "node:assert/strict";
import { test } from "node:test";
import {
  callBilling,
  callsOf,
  clientFields,
  control,
  customField,
  startForTest,
  summaryOf,
} from "./start.ts";
import type { Simulators } from "../src/index.ts";

async function addClient(simulators: Simulators): Promise<string> {
  const { body } = await callBilling(simulators, "AddClient", clientFields);
  return String(body["clientid"]);
}

async function addOrder(
  simulators: Simulators,
  fields: Record<string, string>,
): Promise<Record<string, unknown>> {
  const { body } = await callBilling(simulators, "AddOrder", { paymentmethod: "banktransfer", ...fields });
  return body;
}

/** WHMCS wraps its lists: `"orders": {"order": […]}`. */
function firstEntry(list: unknown, name: string): Record<string, unknown> {
  const entries = (list as Record<string, Record<string, unknown>[]>)[name];
  const first = entries?.[0];
  assert.ok(first !== undefined, `the list has no ${name}`);
  return first;
}

test("wrong credentials get 403 and the error in WHMCS's words", async (t) => {
  const simulators = await startForTest(t);
  const answer = await callBilling(simulators, "GetProducts", { secret: "wrong" });
  assert.deepEqual(answer, { status: 403, body: { result: "error", message: "Authentication Failed" } });
  const [call] = await callsOf(simulators);
  assert.equal(call?.status, "403");
});

test("an address that is not on the allow-list gets 403, with good credentials too", async (t) => {
  const simulators = await startForTest(t);
  await control(simulators, "PUT", "settings", { allowedIps: ["192.0.2.1"] });
  const answer = await callBilling(simulators, "GetProducts");
  assert.deepEqual(answer, { status: 403, body: { result: "error", message: "Invalid IP 127.0.0.1" } });
});

test("an unknown action is a business error with status 200", async (t) => {
  const simulators = await startForTest(t);
  const answer = await callBilling(simulators, "LaunchRocket");
  assert.deepEqual(answer, { status: 200, body: { result: "error", message: "Command Not Found" } });
});

test("a client keeps its texts byte for byte and is found by e-mail with our key", async (t) => {
  const simulators = await startForTest(t);
  const missing = await callBilling(simulators, "GetClientsDetails", { email: clientFields.email });
  assert.deepEqual(missing.body, { result: "error", message: "Client Not Found" });

  const added = await callBilling(simulators, "AddClient", {
    ...clientFields,
    customfields: customField("client-key"),
  });
  const clientId = added.body["clientid"];
  assert.deepEqual(added.body, { result: "success", clientid: clientId });
  assert.equal(typeof clientId, "number");

  const { body } = await callBilling(simulators, "GetClientsDetails", { email: "SOREN.nandu@example.com" });
  const client = body["client"] as Record<string, unknown>;
  assert.equal(client["companyname"], clientFields.companyname);
  assert.equal(client["lastname"], clientFields.lastname);
  assert.equal(client["fullname"], `${clientFields.firstname} ${clientFields.lastname}`);
  assert.deepEqual(client["customfields"], [{ id: 1, value: "client-key" }]);
  const found = await callBilling(simulators, "GetClients", { search: "łódź" });
  assert.equal(found.body["totalresults"], 1);
});

test("a second client with the same e-mail and a client without a name are refused", async (t) => {
  const simulators = await startForTest(t);
  await addClient(simulators);
  const second = await callBilling(simulators, "AddClient", clientFields);
  assert.equal(second.body["message"], "A user already exists with that email address");
  const nameless = await callBilling(simulators, "AddClient", { ...clientFields, firstname: " " });
  assert.equal(nameless.body["message"], "You did not enter your first name");
  const nowhere = await callBilling(simulators, "AddClient", { ...clientFields, country: "Poland" });
  assert.equal(nowhere.body["message"], "Valid country required");
  assert.deepEqual((await summaryOf(simulators)).effects.byOperation, { "billing.AddClient": 1 });
});

test("an order gives comma-joined services in the order of its products, each with our key", async (t) => {
  const simulators = await startForTest(t);
  const clientid = await addClient(simulators);
  const order = await addOrder(simulators, {
    clientid,
    "pid[0]": "103",
    "customfields[0]": customField("Żółw"),
    "addons[0]": "21",
    "pid[1]": "201",
    "customfields[1]": customField("Żółw"),
    "priceoverride[1]": "30.5",
  });
  assert.equal(order["result"], "success");
  assert.equal(typeof order["orderid"], "number");
  const [first, second] = String(order["serviceids"]).split(",");
  assert.notEqual(order["invoiceid"], 0);
  assert.equal(String(order["addonids"]).split(",").length, 1);

  const { body } = await callBilling(simulators, "GetClientsProducts", { clientid });
  assert.equal(body["totalresults"], 2);
  const products = (body["products"] as { product: Record<string, unknown>[] }).product;
  assert.deepEqual(
    products.map(({ id, pid, orderid, recurringamount, status }) => ({
      id,
      pid,
      orderid,
      recurringamount,
      status,
    })),
    [
      {
        id: first,
        pid: "103",
        orderid: String(order["orderid"]),
        recurringamount: "28.00",
        status: "Pending",
      },
      {
        id: second,
        pid: "201",
        orderid: String(order["orderid"]),
        recurringamount: "30.50",
        status: "Pending",
      },
    ],
  );
  for (const product of products) {
    assert.deepEqual(product["customfields"], {
      customfield: [{ id: "1", name: "sluice_key", translated_name: "sluice_key", value: "Żółw" }],
    });
  }
});

test("a custom field whose length counts characters instead of bytes is lost without an error", async (t) => {
  const simulators = await startForTest(t);
  const clientid = await addClient(simulators);
  const wrongLength = Buffer.from('a:1:{i:1;s:4:"Żółw";}').toString("base64");
  const order = await addOrder(simulators, { clientid, "pid[]": "101", "customfields[]": wrongLength });
  assert.equal(order["result"], "success");
  assert.equal((await summaryOf(simulators)).effects.unkeyed, 2, "the client and the order have no key");
});

test("an order is accepted once; accepting or cancelling it again is the same error as for an unknown one", async (t) => {
  const simulators = await startForTest(t);
  const clientid = await addClient(simulators);
  const fields = { clientid, "pid[0]": "101", "customfields[0]": customField("order-key") };
  const orderid = String((await addOrder(simulators, fields))["orderid"]);
  assert.deepEqual((await callBilling(simulators, "AcceptOrder", { orderid })).body, { result: "success" });
  const closed = { result: "error", message: "Order ID not found or Status not Pending" };
  assert.deepEqual((await callBilling(simulators, "AcceptOrder", { orderid })).body, closed);
  assert.deepEqual((await callBilling(simulators, "CancelOrder", { orderid })).body, closed);
  assert.deepEqual((await callBilling(simulators, "AcceptOrder", { orderid: "999" })).body, closed);

  const { body } = await callBilling(simulators, "GetOrders", { id: orderid });
  const order = firstEntry(body["orders"], "order");
  assert.equal(order["status"], "Active");
  assert.equal(order["amount"], "12.00");
  const { effects, doubled } = await summaryOf(simulators);
  assert.equal(effects.byOperation["billing.AcceptOrder"], 1);
  assert.deepEqual(doubled, []);
});

test("a cancelled order is listed as Cancelled with its line items", async (t) => {
  const simulators = await startForTest(t);
  const clientid = await addClient(simulators);
  const orderid = String((await addOrder(simulators, { clientid, "pid[0]": "301" }))["orderid"]);
  await callBilling(simulators, "CancelOrder", { orderid });
  const { body } = await callBilling(simulators, "GetOrders", { userid: clientid, status: "Cancelled" });
  const order = firstEntry(body["orders"], "order");
  assert.equal(order["id"], orderid);
  const { lineitem } = order["lineitems"] as { lineitem: Record<string, unknown>[] };
  assert.deepEqual(
    lineitem.map(({ type, product, billingcycle, status }) => ({ type, product, billingcycle, status })),
    [{ type: "product", product: "Wi-Fi 6 router", billingcycle: "onetime", status: "Cancelled" }],
  );
});

test("the same order sent twice is bought twice, and the records say so", async (t) => {
  const simulators = await startForTest(t);
  const clientid = await addClient(simulators);
  const fields = { clientid, "pid[0]": "101", "customfields[0]": customField("order-key") };
  await addOrder(simulators, fields);
  await addOrder(simulators, fields);
  const { doubled } = await summaryOf(simulators);
  assert.deepEqual(doubled, [{ operation: "billing.AddOrder", key: "order-key", count: 2 }]);
});

test("a free order has invoice 0, and so has one without an invoice", async (t) => {
  const simulators = await startForTest(t);
  const clientid = await addClient(simulators);
  assert.equal((await addOrder(simulators, { clientid, "pid[0]": "601" }))["invoiceid"], 0);
  const silent = await addOrder(simulators, { clientid, "pid[0]": "101", noinvoice: "true" });
  assert.equal(silent["invoiceid"], 0);
});

test("an order that cannot be is refused in words and makes nothing", async (t) => {
  const simulators = await startForTest(t);
  const clientid = await addClient(simulators);
  const refusals = [
    [{ clientid: "999", "pid[0]": "101" }, "Client ID Not Found"],
    [{ clientid }, "No items added to cart so order cannot proceed"],
    [{ clientid, "pid[0]": "999" }, "Product ID Not Found"],
    [{ clientid, "pid[0]": "101", "addons[0]": "77" }, "Addon ID Not Found"],
    [
      { clientid, "pid[0]": "101", paymentmethod: "shells" },
      "Invalid Payment Method. Valid options include banktransfer,stripe",
    ],
  ] as const;
  for (const [fields, message] of refusals) {
    assert.deepEqual(await addOrder(simulators, fields), { result: "error", message });
  }
  assert.equal((await summaryOf(simulators)).effects.byOperation["billing.AddOrder"], undefined);
});

test("lists come in pages of 25, and empty ones are empty strings", async (t) => {
  const simulators = await startForTest(t);
  const clientid = await addClient(simulators);
  const nothing = await callBilling(simulators, "GetClientsProducts", { clientid });
  assert.equal(nothing.body["products"], "");
  assert.equal((await callBilling(simulators, "GetOrders", { userid: clientid })).body["orders"], "");

  const pids = Array.from({ length: 30 }, (_, index) => [`pid[${index}]`, "101"]);
  await addOrder(simulators, { clientid, ...Object.fromEntries(pids) });
  const first = await callBilling(simulators, "GetClientsProducts", { clientid });
  assert.equal(first.body["numreturned"], 25);
  assert.equal(first.body["totalresults"], 30);
  const rest = await callBilling(simulators, "GetClientsProducts", { clientid, limitstart: "25" });
  assert.equal(rest.body["numreturned"], 5);
});

test("the products are those of the catalogue, with prices as text", async (t) => {
  const simulators = await startForTest(t);
  const all = await callBilling(simulators, "GetProducts");
  assert.equal(all.body["totalresults"], 8);
  const { body } = await callBilling(simulators, "GetProducts", { pid: "103" });
  const product = firstEntry(body["products"], "product");
  assert.equal(product["name"], "Mobile Unlimited eSIM");
  assert.equal((product["pricing"] as { EUR: { monthly: string } }).EUR.monthly, "28.00");
});
