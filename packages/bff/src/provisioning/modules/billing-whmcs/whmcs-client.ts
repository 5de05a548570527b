import { z } from "zod";
import type { Failure } from "../../../orders/failure.ts";
import type { Downstream, DownstreamRequest } from "../downstream-http.ts";
import { callDownstream, failureOfStatus, parseJson, unreadableAnswer } from "../downstream-http.ts";

/** The actions used here, and whether each one changes anything. */
const changingActions = {
  AddClient: true,
  AddOrder: true,
  AcceptOrder: true,
  GetClientsDetails: false,
  GetClientsProducts: false,
  GetOrders: false,
} as const;

export type WhmcsAction = keyof typeof changingActions;

/** `refused`: a business error; WHMCS gives its text and no code. */
export type WhmcsAnswer =
  | { readonly kind: "success"; readonly body: unknown }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "failed"; readonly failure: Failure };

export type WhmcsClient = {
  /**
   * Sends one action. Parameters are form fields, arrays as `pid[0]`.
   *
   * @throws only when `signal` aborts.
   */
  readonly call: (
    action: WhmcsAction,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<WhmcsAnswer>;
  /** The failure for an answer that says success and lacks what the action documents. */
  readonly incomplete: (action: WhmcsAction, body: unknown) => Failure;
};

export type WhmcsCredentials = { readonly identifier: string; readonly secret: string };

const answerShape = z.looseObject({ result: z.enum(["success", "error"]), message: z.string().optional() });

/** A client of the WHMCS API at `<url>/includes/api.php`: form fields in, JSON out. */
export function createWhmcsClient(
  url: string,
  credentials: WhmcsCredentials,
  downstream: Downstream,
): WhmcsClient {
  const endpoint = `${url.replace(/\/+$/, "")}/includes/api.php`;
  return {
    call: async (action, parameters, signal) => {
      const request = requestOf(endpoint, action, parameters, credentials);
      const outcome = await callDownstream(request, downstream, signal);
      if (outcome.kind === "failed") return outcome;
      const { response } = outcome;
      const failure = failureOfStatus(response, request, downstream);
      if (failure !== null) return { kind: "failed", failure };
      const body = parseJson(response.text);
      const answer = answerShape.safeParse(body);
      if (!answer.success)
        return { kind: "failed", failure: unreadableAnswer(response, request, downstream) };
      // The HTTP status of a business error is 200: `result` alone decides.
      if (answer.data.result === "error") return { kind: "refused", message: answer.data.message ?? "" };
      return { kind: "success", body };
    },
    incomplete: (action, body) => ({
      class: "retryable",
      code: "BILLING_UNREADABLE_ANSWER",
      summary: `billing answered ${action} with success but without what it documents; the outcome is looked up first.`,
      outcomeUnknown: changingActions[action],
      moduleWide: false,
      customerEffect: "none",
      raw: JSON.stringify(body).slice(0, 2000),
    }),
  };
}

function requestOf(
  endpoint: string,
  action: WhmcsAction,
  parameters: Readonly<Record<string, string>>,
  credentials: WhmcsCredentials,
): DownstreamRequest {
  return {
    url: endpoint,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({ ...parameters, action, responsetype: "json", ...credentials }).toString(),
    changes: changingActions[action],
  };
}

/** WHMCS gives ids sometimes as numbers and sometimes as strings. */
export const whmcsId = z.union([z.string().min(1), z.number().int().positive()]).transform(String);
