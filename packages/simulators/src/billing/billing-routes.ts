import formbody from "@fastify/formbody";
import type { FastifyInstance } from "fastify";
import { answerHttpCall } from "../call/answer-http.ts";
import type { FaultAnswers, HttpAnswer } from "../call/answer-http.ts";
import { isoTime } from "../call/perform-call.ts";
import type { CallDesk, Outcome } from "../call/perform-call.ts";
import { billingDemoCredentials } from "../demo-credentials.ts";
import type { BillingOperation } from "../operations.ts";
import type { BillingAction, BillingAnswer } from "./billing-call.ts";
import { businessError, withoutKey } from "./billing-call.ts";
import { clientActions } from "./client-actions.ts";
import { field, readForm } from "./form.ts";
import type { Form } from "./form.ts";
import { orderActions } from "./order-actions.ts";
import { productActions } from "./product-actions.ts";

const actions: Readonly<Record<BillingOperation, BillingAction>> = {
  ...clientActions,
  ...orderActions,
  ...productActions,
  Unknown: { keyOf: withoutKey, run: () => businessError("Command Not Found") },
};

const faultAnswers: FaultAnswers = {
  errorMessage: (message) => ({ status: 200, body: { result: "error", message } }),
  serverError: {
    status: 500,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: "<html><body><h1>Oops!</h1><p>Something went wrong and we couldn't process your request.</p></body></html>",
  },
};

/** Serves billing in the shapes of WHMCS's API: one address, the action is a form field. */
export async function billingRoutes(server: FastifyInstance, desk: CallDesk): Promise<void> {
  await server.register(formbody);
  server.post("/billing/includes/api.php", async (request, reply) => {
    const form = readForm(request.body);
    const operation = operationOf(field(form, "action"));
    const action = actions[operation];
    const refusal = refuse(desk, form, request.ip);
    const key = refusal === undefined ? action.keyOf(form, desk.database) : null;
    return answerHttpCall(
      desk,
      { request, reply },
      { system: "billing", operation },
      key,
      (nowMs) => refusal ?? answerOf(action.run({ form, database: desk.database, now: isoTime(nowMs) })),
      faultAnswers,
    );
  });
}

/** Action names have no case in WHMCS. */
function operationOf(action: string): BillingOperation {
  const names = Object.keys(actions) as BillingOperation[];
  return names.find((name) => name.toLowerCase() === action.toLowerCase()) ?? "Unknown";
}

// The address comes first, as in WHMCS: a stranger does not learn whether credentials are good.
function refuse(desk: CallDesk, form: Form, ip: string): Outcome<HttpAnswer> | undefined {
  const { allowedIps } = desk.settings.read();
  if (allowedIps.length > 0 && !allowedIps.includes(ip)) return forbidden(`Invalid IP ${ip}`);
  const { identifier, secret } = billingDemoCredentials;
  const isKnown = field(form, "identifier") === identifier && field(form, "secret") === secret;
  return isKnown ? undefined : forbidden("Authentication Failed");
}

function forbidden(message: string): Outcome<HttpAnswer> {
  return { answer: { status: 403, body: { result: "error", message } }, effects: [] };
}

function answerOf(outcome: Outcome<BillingAnswer>): Outcome<HttpAnswer> {
  return { answer: { status: 200, body: outcome.answer }, effects: outcome.effects };
}
