import type { DatabaseSync } from "node:sqlite";
import type { Effect, Outcome } from "../call/perform-call.ts";
import { businessError, found, withoutKey } from "./billing-call.ts";
import type { BillingActions, BillingAnswer, BillingCall } from "./billing-call.ts";
import { amountText, findAddon, findProduct } from "./catalogue.ts";
import { findClient } from "./client-store.ts";
import { field, integerField, isSet } from "./form.ts";
import type { Form } from "./form.ts";
import { paymentMethods, readOrderLines } from "./order-lines.ts";
import { addonsOfOrder, decideOrder, insertOrder, listOrders, servicesOfOrder } from "./order-store.ts";
import type { BillingOrder } from "./order-store.ts";
import { pageHeader, readPageRequest } from "./paging.ts";

/** What concerns orders. */
export const orderActions: BillingActions<"AddOrder" | "GetOrders" | "AcceptOrder" | "CancelOrder"> = {
  AddOrder: { keyOf: (form) => joinKeys(postedKeys(form)), run: addOrder },
  GetOrders: { keyOf: withoutKey, run: getOrders },
  AcceptOrder: { keyOf: keyOfOrder, run: (call) => decide(call, "Active") },
  CancelOrder: { keyOf: keyOfOrder, run: (call) => decide(call, "Cancelled") },
};

function addOrder({ form, database, now }: BillingCall): Outcome<BillingAnswer> {
  const clientId = integerField(form, "clientid");
  if (clientId === undefined || findClient(database, clientId) === undefined) {
    return businessError("Client ID Not Found");
  }
  const payment = field(form, "paymentmethod");
  if (!paymentMethods.includes(payment)) {
    return businessError(`Invalid Payment Method. Valid options include ${paymentMethods.join(",")}`);
  }
  const read = readOrderLines(form);
  if (read.kind === "refused") return businessError(read.message);
  const withInvoice = !isSet(form, "noinvoice");
  const placed = insertOrder(database, { clientId, payment, withInvoice, createdAt: now, lines: read.lines });
  return {
    answer: {
      result: "success",
      orderid: placed.orderId,
      serviceids: placed.serviceIds.join(","),
      addonids: placed.addonIds.join(","),
      domainids: "",
      invoiceid: placed.invoiceId,
    },
    effects: effectsOf(
      distinctKeys(read.lines.map((line) => line.sluiceKey)),
      placed.orderId,
      `billing: order ${placed.orderId} added for client ${clientId}`,
    ),
  };
}

function getOrders({ form, database }: BillingCall): Outcome<BillingAnswer> {
  const request = readPageRequest(form);
  const filter = {
    id: integerField(form, "id"),
    clientId: integerField(form, "userid"),
    status: field(form, "status"),
  };
  const page = listOrders(database, filter, request);
  const order = page.items.map((item) => describeOrder(database, item));
  return found({ ...pageHeader(page, request), orders: order.length === 0 ? "" : { order } });
}

function decide({ form, database }: BillingCall, status: "Active" | "Cancelled"): Outcome<BillingAnswer> {
  const orderId = integerField(form, "orderid");
  if (orderId === undefined || !decideOrder(database, orderId, status)) {
    return businessError("Order ID not found or Status not Pending");
  }
  const verb = status === "Active" ? "accepted" : "cancelled";
  const keys = distinctKeys(servicesOfOrder(database, orderId).map((service) => service.sluiceKey));
  return {
    answer: { result: "success" },
    effects: effectsOf(keys, orderId, `billing: order ${orderId} ${verb}`),
  };
}

function describeOrder(database: DatabaseSync, order: BillingOrder): Readonly<Record<string, unknown>> {
  const services = servicesOfOrder(database, order.id).map((service) => ({
    type: "product",
    relid: String(service.id),
    producttype: "Other",
    product: findProduct(service.pid)?.name ?? "",
    domain: "",
    billingcycle: service.billingCycle,
    amount: amountText(service.amountCents),
    status: service.status,
  }));
  const addons = addonsOfOrder(database, order.id).map((addon) => ({
    type: "addon",
    relid: String(addon.id),
    producttype: "Addon",
    product: findAddon(addon.addonId)?.name ?? "",
    domain: "",
    billingcycle: "Monthly",
    amount: amountText(addon.amountCents),
    status: addon.status,
  }));
  return {
    id: String(order.id),
    ordernum: orderNumber(order.id),
    userid: String(order.clientId),
    date: whmcsTime(order.createdAt),
    amount: amountText(order.amountCents),
    paymentmethod: order.payment,
    invoiceid: String(order.invoiceId),
    status: order.status,
    paymentstatus: order.invoiceId === 0 ? null : "Unpaid",
    lineitems: { lineitem: [...services, ...addons] },
  };
}

/** The number that customers see: not the id, ten digits. */
export function orderNumber(orderId: number): string {
  return String(4_000_000_000 + orderId * 7919);
}

/** `2026-11-23 09:00:00`, as WHMCS writes times. */
function whmcsTime(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

// One row per key, so that a key bought again in another company is seen as doubled all the same.
function effectsOf(keys: readonly string[], orderId: number, line: string): readonly Effect[] {
  const reference = `order ${orderId}`;
  if (keys.length === 0) return [{ key: null, reference, line }];
  return keys.map((key) => ({ key, reference, line }));
}

function postedKeys(form: Form): readonly string[] {
  const read = readOrderLines(form);
  return read.kind === "lines" ? distinctKeys(read.lines.map((line) => line.sluiceKey)) : [];
}

function keyOfOrder(form: Form, database: DatabaseSync): string | null {
  const orderId = integerField(form, "orderid");
  if (orderId === undefined) return null;
  return joinKeys(distinctKeys(servicesOfOrder(database, orderId).map((service) => service.sluiceKey)));
}

function distinctKeys(keys: readonly string[]): readonly string[] {
  return [...new Set(keys)].filter((key) => key !== "");
}

function joinKeys(keys: readonly string[]): string | null {
  return keys.length === 0 ? null : keys.join(",");
}
