import type { NodemailerError } from "nodemailer";
import type { Failure } from "../../../orders/failure.ts";
import { unclassified } from "../../../orders/failure.ts";

/** Signs of a connection that never came to be. */
const notConnected: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

const brokenConnection: ReadonlySet<string> = new Set([
  "ECONNECTION",
  "ESOCKET",
  "ETIMEDOUT",
  "EABORT",
  "EDNS",
]);

const automatic = {
  class: "retryable",
  outcomeUnknown: false,
  moduleWide: false,
  customerEffect: "none",
} as const;
const operator = { ...automatic, class: "needs_operator" } as const;

/**
 * Classifies what stopped a mail. SMTP has no look-up, so a mail whose answer was lost is sent again with the same
 * Message-ID. A 4xx reply asks to come back, a 5xx reply is final (RFC 5321).
 */
export function failureOfMail(error: NodemailerError, timeoutMs: number): Failure {
  const raw = (error.response ?? error.message).slice(0, 2000);
  if (error.code === "EAUTH" || error.code === "ENOAUTH" || error.code === "EOAUTH2") {
    return {
      ...operator,
      code: "NOTIFY_CREDENTIALS_REFUSED",
      summary:
        "The mail server refused our sign-in; check its user and password, then release the orders that wait.",
      moduleWide: true,
    };
  }
  if (error.responseCode !== undefined) return failureOfReply(error.responseCode, error, raw);
  const system = error.originalCode ?? error.code ?? "";
  if (notConnected.has(system) || error.code === "EDNS" || error.timeoutType === "CONNECT_TIMEOUT") {
    return {
      ...automatic,
      code: "NOTIFY_UNREACHABLE",
      summary: `The mail server cannot be reached (${system}); is it running?`,
      moduleWide: true,
    };
  }
  if (error.code === "EENVELOPE") return addressRefused(raw);
  if (error.code !== undefined && brokenConnection.has(error.code)) {
    return {
      ...automatic,
      code: "NOTIFY_CONNECTION_LOST",
      summary: `The mail server did not confirm the mail within ${timeoutMs} ms or closed the connection; it is sent again with the same Message-ID.`,
      outcomeUnknown: true,
      raw,
    };
  }
  return unclassified(`The mail could not be sent: "${raw.slice(0, 200)}". Decide what to do.`, raw);
}

function failureOfReply(reply: number, error: NodemailerError, raw: string): Failure {
  if (error.permanent !== true) {
    return {
      ...automatic,
      code: "NOTIFY_TRY_LATER",
      summary: `The mail server asked to come back later (${reply}); the mail is repeated by itself.`,
      raw,
    };
  }
  if (error.code === "EENVELOPE") return addressRefused(raw);
  return {
    ...operator,
    code: "NOTIFY_REFUSED",
    summary: `The mail server refused the mail (${reply}). The service works; correct the cause and retry, or skip the mail.`,
    raw,
  };
}

/** The service works whether or not the mail arrives. */
function addressRefused(raw: string): Failure {
  return {
    ...operator,
    code: "CONTACT_DATA_INVALID",
    summary:
      "The mail server refused the contact's e-mail address. The service works; correct the address in Salesforce and retry, or skip the mail.",
    raw,
  };
}
