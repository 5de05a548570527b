import type { Failure } from "../../../orders/failure.ts";
import { unclassified } from "../../../orders/failure.ts";

/** One text of WHMCS and what it means. `prefix` is lower case with single spaces. */
type Signal = { readonly prefix: string } & Pick<
  Failure,
  "class" | "code" | "summary" | "moduleWide" | "customerEffect"
>;

const operator = { class: "needs_operator", moduleWide: false, customerEffect: "delay" } as const;
const credentials = {
  ...operator,
  code: "BILLING_CREDENTIALS_REFUSED",
  moduleWide: true,
  summary: "billing refused our credentials or address; check them, then release the orders that wait.",
} as const;
const contactData = {
  ...operator,
  code: "CONTACT_DATA_INVALID",
  customerEffect: "action",
  summary: "billing refused the customer's data; complete the contact or address in Salesforce, then retry.",
} as const;
const productUnknown = {
  ...operator,
  code: "SKU_NOT_MAPPED",
  summary:
    "billing does not know a product of this order; correct its billing id in the catalogue, then retry.",
} as const;
const clientGone = {
  ...operator,
  code: "BILLING_CLIENT_GONE",
  summary:
    "billing no longer has the customer that this order was begun with; restore or choose the customer.",
} as const;

/** WHMCS has texts and no codes: the first prefix that fits decides. */
const signals: readonly Signal[] = [
  { prefix: "authentication failed", ...credentials },
  { prefix: "invalid ip", ...credentials },
  { prefix: "invalid or missing credentials", ...credentials },
  { prefix: "invalid permissions", ...credentials },
  { prefix: "client not found", ...clientGone },
  { prefix: "client id not found", ...clientGone },
  {
    prefix: "unable to add order when client status is closed",
    ...operator,
    code: "BILLING_CLIENT_CLOSED",
    summary: "The customer is closed in billing; reopen the customer there, then retry.",
  },
  {
    prefix: "invalid payment method",
    ...operator,
    code: "PAYMENT_GATEWAY_UNKNOWN",
    summary: "billing does not know the payment method in our configuration; correct it, then retry.",
  },
  { prefix: "no items added to cart", ...productUnknown },
  { prefix: "product id not found", ...productUnknown },
  { prefix: "addon id invalid", ...productUnknown },
  { prefix: "addon id not found", ...productUnknown },
  { prefix: "service id not owned", ...productUnknown },
  { prefix: "you did not enter your", ...contactData },
  { prefix: "valid country required", ...contactData },
  { prefix: "the email address you entered", ...contactData },
  {
    prefix: "a user already exists with that email address",
    ...operator,
    code: "BILLING_EMAIL_CONFLICT",
    summary:
      "billing has a user with this e-mail address but no customer by it; merge the two there, or correct the e-mail.",
  },
];

/** Classifies a refusal of WHMCS. A refusal has no effect; a text that is not in the table needs a person. */
export function failureOfRefusal(message: string): Failure {
  const normalised = message.trim().replace(/\s+/g, " ").toLowerCase();
  const signal = signals.find((candidate) => normalised.startsWith(candidate.prefix));
  if (signal === undefined) {
    const shown = message.slice(0, 200);
    return unclassified(
      `billing refused with a text that is not classified: "${shown}". Decide what to do.`,
      message,
    );
  }
  const { prefix: _prefix, ...failure } = signal;
  return { ...failure, outcomeUnknown: false, raw: message.slice(0, 2000) };
}

/** WHMCS says this when an order was accepted already, was cancelled, or never existed: its state has to be read. */
export function isNotPending(message: string): boolean {
  return message.trim().toLowerCase().startsWith("order id not found or status not pending");
}

/** The order left the states in which it can be accepted. */
export function orderClosed(billingOrderId: string, status: string): Failure {
  return {
    ...operator,
    code: "BILLING_ORDER_CLOSED",
    summary: `Billing order ${billingOrderId} is ${status}, so it cannot be accepted; reopen it in billing and retry, or cancel the order.`,
    outcomeUnknown: false,
  };
}

/** Two billing orders carry one key: a person has to undo one of them. */
export function orderDoubled(billingOrderIds: readonly string[]): Failure {
  return {
    ...operator,
    code: "BILLING_ORDER_DOUBLED",
    summary: `Billing orders ${billingOrderIds.join(", ")} carry the same key; cancel all but one in billing, then retry.`,
    outcomeUnknown: true,
  };
}

/** The plan did not give the module what it needs: nothing was sent. */
export function planInvalid(detail: string): Failure {
  return {
    ...operator,
    code: "PLAN_INVALID",
    summary: `The billing step cannot run: ${detail}`.slice(0, 500),
    outcomeUnknown: false,
  };
}

/** Billing cannot keep a customer without an e-mail address. */
export function contactMissing(): Failure {
  return {
    ...contactData,
    outcomeUnknown: false,
    summary:
      "The order has no contact with an e-mail address, which billing needs; set the bill-to contact in Salesforce, then retry.",
  };
}
