import { z } from "zod";
import type { OrderSnapshot } from "../../../orders/order.ts";
import type { ModuleAnswer, ModuleCall } from "../../module.ts";
import type { BillingContext } from "./call-context.ts";
import { failed } from "./call-context.ts";
import { encodeCustomFields } from "./php-array.ts";
import { contactMissing, failureOfRefusal } from "./signals.ts";
import { whmcsId } from "./whmcs-client.ts";

type LookUp =
  | { readonly kind: "found"; readonly clientId: string }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly answer: ModuleAnswer };

const detailsShape = z.object({ client: z.object({ id: whmcsId }) });
const addedShape = z.object({ clientid: whmcsId });

/**
 * The customer that this order is billed to: found by e-mail address, which WHMCS keeps unique, else added. The
 * look-up is always first, so a repetition finds what a lost answer had made. Two first orders of one customer may
 * race; billing refuses the second, which then finds the customer of the first.
 */
export async function ensureClient(
  call: ModuleCall,
  context: BillingContext,
  signal: AbortSignal,
): Promise<ModuleAnswer> {
  const email = call.order.contact?.email ?? null;
  if (email === null) return failed(contactMissing());
  const known = await findClient(email, call.lookUpFirst, context, signal);
  if (known.kind === "failed") return known.answer;
  if (known.kind === "found") return done(known.clientId, true);

  const parameters = clientParameters(call, email, context);
  const added = await context.whmcs.call("AddClient", parameters, signal);
  if (added.kind === "failed") return failed(added.failure);
  if (added.kind === "success") {
    const parsed = addedShape.safeParse(added.body);
    if (!parsed.success) return failed(context.whmcs.incomplete("AddClient", added.body));
    return done(parsed.data.clientid, false);
  }
  if (!isEmailTaken(added.message)) return failed(failureOfRefusal(added.message));
  const raced = await findClient(email, false, context, signal);
  if (raced.kind === "found") return done(raced.clientId, true);
  return raced.kind === "failed" ? raced.answer : failed(failureOfRefusal(added.message));
}

async function findClient(
  email: string,
  outcomeUnknown: boolean,
  context: BillingContext,
  signal: AbortSignal,
): Promise<LookUp> {
  const answer = await context.whmcs.call("GetClientsDetails", { email }, signal);
  if (answer.kind === "failed") {
    return { kind: "failed", answer: failed({ ...answer.failure, outcomeUnknown }) };
  }
  if (answer.kind === "refused") {
    // On a search by address this text is no error: there is no such customer yet.
    if (answer.message.toLowerCase().startsWith("client not found")) return { kind: "none" };
    return { kind: "failed", answer: failed({ ...failureOfRefusal(answer.message), outcomeUnknown }) };
  }
  const parsed = detailsShape.safeParse(answer.body);
  if (parsed.success) return { kind: "found", clientId: parsed.data.client.id };
  const failure = context.whmcs.incomplete("GetClientsDetails", answer.body);
  return { kind: "failed", answer: failed({ ...failure, outcomeUnknown }) };
}

/**
 * Which parts of an address a customer must have is decided in Salesforce, before the approval. WHMCS's own form
 * rules are skipped: they would refuse a company without a first name or an order without a street.
 */
function clientParameters(call: ModuleCall, email: string, context: BillingContext): Record<string, string> {
  const { order } = call;
  return {
    ...nameAndAddress(order),
    email,
    password2: context.makePassword(),
    customfields: encodeCustomFields(new Map([[context.keyFieldId, call.effectKey]])),
    noemail: "true",
    skipvalidation: "true",
  };
}

function nameAndAddress(order: OrderSnapshot): Record<string, string> {
  const { contact, billingAddress } = order;
  return {
    firstname: contact?.firstName ?? "",
    lastname: contact?.lastName ?? "",
    companyname: order.accountName,
    phonenumber: contact?.phone ?? "",
    address1: billingAddress.street ?? "",
    city: billingAddress.city ?? "",
    state: billingAddress.state ?? "",
    postcode: billingAddress.postalCode ?? "",
    country: billingAddress.countryCode ?? "",
  };
}

function isEmailTaken(message: string): boolean {
  return message.toLowerCase().startsWith("a user already exists with that email address");
}

function done(clientId: string, adopted: boolean): ModuleAnswer {
  return { kind: "done", result: { clientId }, reference: clientId, adopted };
}
