import type { Outcome } from "../call/perform-call.ts";
import { businessError, found, withoutKey } from "./billing-call.ts";
import type { BillingActions, BillingAnswer, BillingCall } from "./billing-call.ts";
import { amountText, findProduct, products } from "./catalogue.ts";
import type { BillingProduct } from "./catalogue.ts";
import { findClient } from "./client-store.ts";
import { field, integerField, parseInteger } from "./form.ts";
import { orderNumber } from "./order-actions.ts";
import { listServices } from "./order-store.ts";
import type { BillingService } from "./order-store.ts";
import { pageHeader, readPageRequest } from "./paging.ts";

/** What is sold, and what customers have of it. */
export const productActions: BillingActions<"GetClientsProducts" | "GetProducts"> = {
  GetClientsProducts: { keyOf: withoutKey, run: getClientsProducts },
  GetProducts: { keyOf: withoutKey, run: getProducts },
};

function getClientsProducts({ form, database }: BillingCall): Outcome<BillingAnswer> {
  const clientId = integerField(form, "clientid");
  const isUnknown = clientId === undefined || findClient(database, clientId) === undefined;
  if (field(form, "clientid") !== "" && isUnknown) return businessError("Client ID Not Found");
  const request = readPageRequest(form);
  const filter = { clientId, serviceId: integerField(form, "serviceid"), pid: integerField(form, "pid") };
  const page = listServices(database, filter, request);
  const product = page.items.map(describeService);
  return found({
    clientid: field(form, "clientid") || null,
    serviceid: field(form, "serviceid") || null,
    pid: field(form, "pid") || null,
    domain: null,
    ...pageHeader(page, request),
    products: product.length === 0 ? "" : { product },
  });
}

function describeService(service: BillingService): Readonly<Record<string, unknown>> {
  const { sluiceKey } = service;
  const name = findProduct(service.pid)?.name ?? "";
  const isRecurring = service.billingCycle !== "onetime" && service.billingCycle !== "free";
  return {
    id: String(service.id),
    clientid: String(service.clientId),
    orderid: String(service.orderId),
    ordernumber: orderNumber(service.orderId),
    pid: String(service.pid),
    regdate: service.createdAt.slice(0, 10),
    name,
    translated_name: name,
    domain: "",
    username: "",
    status: service.status,
    billingcycle: service.billingCycle,
    firstpaymentamount: amountText(service.amountCents),
    recurringamount: amountText(isRecurring ? service.amountCents : 0),
    nextduedate: service.createdAt.slice(0, 10),
    qty: service.quantity,
    customfields: {
      customfield: [{ id: "1", name: "sluice_key", translated_name: "sluice_key", value: sluiceKey }],
    },
    configoptions: "",
  };
}

function getProducts({ form }: BillingCall): Outcome<BillingAnswer> {
  const wanted = field(form, "pid")
    .split(",")
    .filter((text) => text.trim() !== "")
    .map((text) => parseInteger(text.trim()));
  const chosen = products.filter((product) => wanted.length === 0 || wanted.includes(product.pid));
  const product = chosen.map(describeProduct);
  return found({ totalresults: product.length, products: product.length === 0 ? "" : { product } });
}

function describeProduct(product: BillingProduct): Readonly<Record<string, unknown>> {
  const paytype = { monthly: "recurring", onetime: "onetime", free: "free" }[product.cycle];
  return {
    pid: String(product.pid),
    gid: String(product.groupId),
    type: "other",
    name: product.name,
    description: "",
    module: "",
    paytype,
    pricing: {
      EUR: { prefix: "€", suffix: " EUR", msetupfee: "0.00", monthly: amountText(product.priceCents) },
    },
    customfields: { customfield: [{ id: "1", name: "sluice_key", description: "", required: "" }] },
    configoptions: { configoption: [] },
  };
}
