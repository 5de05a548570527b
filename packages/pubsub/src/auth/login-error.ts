import type { HttpAnswer } from "../network/http-exchange.ts";
import { PubSubError } from "../pubsub-error.ts";
import { parseJson, textField } from "./answer-fields.ts";
import { clockSkewOf, spell } from "./clock-skew.ts";

const MAX_SAID = 200;

/** What was asked of a login host, for messages. */
export type LoginAttempt = {
  /** The login URL's origin. */
  readonly host: string;
  readonly tokenUrl: string;
  /** Of the assertion; undefined when there was none, and then the clock does not matter either. */
  readonly audience: string | undefined;
  /** What no message may repeat, even if the host does. */
  readonly secrets: readonly string[];
};

/** What to do about the `error` values of the token endpoint; the descriptions are free text. */
const adviceByError: Readonly<Record<string, string>> = {
  invalid_client_id: "Check the consumer key; a new app takes some minutes to become known.",
  invalid_client: "Check the consumer key and secret; a new app takes some minutes to become known.",
  invalid_client_credentials: "Check the consumer secret.",
  invalid_app_access: "Let an admin assign the app to this user.",
  inactive_user: "Let an admin activate the user.",
  inactive_org: "The org is not active: ask its admin.",
  unsupported_grant_type: "Enable this OAuth flow in the app.",
  invalid_request: "Check the app's OAuth settings and, for client credentials, its run-as user.",
};

/** `invalid_grant` stands for many things; the description tells which. */
const adviceByDescription: readonly (readonly [RegExp, string])[] = [
  [
    /approved/i,
    'Pre-authorise the user: let an admin set the app\'s permitted users to "Admin approved users are pre-authorized" and assign the app to the user by a permission set or profile.',
  ],
  [
    /client credentials user/i,
    "Let an admin enable the client credentials flow in the app and choose its run-as user.",
  ],
];

/** Errors of the token endpoint that pass by themselves. */
const passing: ReadonlySet<string> = new Set(["unknown_error", "server_error", "temporarily_unavailable"]);

/** Says why the token endpoint gave no session. */
export function toLoginError(attempt: LoginAttempt, answer: HttpAnswer): PubSubError {
  const { host } = attempt;
  const body = parseJson(answer.text);
  const error = textField(body, "error");
  if (error === undefined || answer.status >= 500 || passing.has(error)) {
    const said = error === undefined ? "something that is no OAuth answer" : quote(error, attempt.secrets);
    return toAnswerError(host, answer, said);
  }
  const description = textField(body, "error_description");
  const said = quote(description === undefined ? error : `${error}: ${description}`, attempt.secrets);
  if (error === "rate_limit_exceeded" || answer.status === 429) {
    return new PubSubError(
      "login_rate_limited",
      host,
      `${said}. Fewer processes should sign in as this user.`,
    );
  }
  const hints = [adviceOn(error, description ?? "", attempt)];
  if (error === "invalid_grant" && attempt.audience !== undefined) hints.push(clockHint(answer));
  const advice = hints.filter((hint) => hint !== "").join(" ");
  return new PubSubError("auth_rejected", host, `Salesforce refused the sign-in (${said}). ${advice}`);
}

/** Says why userinfo did not tell whose session it is; its refusals are plain text or a JSON array. */
export function toUserInfoError(host: string, answer: HttpAnswer, accessToken: string): PubSubError {
  const { status, text } = answer;
  if (status !== 401 && status !== 403) return toAnswerError(host, answer, "something that is no userinfo");
  if (/not valid for use with the REST API/i.test(text)) {
    const detail =
      `Salesforce answered ${status}: this session is not valid for use with the REST API. ` +
      'Signing in again does not help: give the app the OAuth scope "api" and the user the permission "API Enabled".';
    return new PubSubError("auth_rejected", host, detail);
  }
  if (isBadToken(answer)) {
    const detail = `Salesforce refused the access token (Bad_OAuth_Token). It is expired, revoked or of another org.`;
    return new PubSubError("auth_rejected", host, detail);
  }
  const body = parseJson(text);
  const said = textField(Array.isArray(body) ? body[0] : body, "message");
  const quoted = said === undefined ? "" : ` (${quote(said, [accessToken])})`;
  const detail = `Salesforce answered ${status}${quoted}. Check that the user may use the API.`;
  return new PubSubError("auth_rejected", host, detail);
}

/** Whether userinfo knows no such token; it says so in plain text. */
export function isBadToken(answer: HttpAnswer): boolean {
  return (answer.status === 401 || answer.status === 403) && answer.text.includes("Bad_OAuth_Token");
}

function toAnswerError(host: string, { status }: HttpAnswer, said: string): PubSubError {
  if (status === 429) {
    const detail = "it answered 429: too many requests. Fewer processes should sign in as this user.";
    return new PubSubError("login_rate_limited", host, detail);
  }
  if (status === 401 || status === 403) {
    const detail = `it answered ${status} with ${said}. Check that the user may use the API, and from this network.`;
    return new PubSubError("auth_rejected", host, detail);
  }
  if (status >= 300 && status < 400) {
    const detail = `it redirects (${status}) instead of answering. Use the org's My Domain as login URL.`;
    return new PubSubError("login_unreachable", host, detail);
  }
  const detail = `it answered ${status} with ${said}. It may be in maintenance.`;
  return new PubSubError("login_unreachable", host, detail);
}

function adviceOn(error: string, description: string, attempt: LoginAttempt): string {
  const isGrant = error === "invalid_grant";
  if (error === "app_not_found" || (isGrant && /audience|not supported on this domain/i.test(description))) {
    return myDomainAdvice(attempt);
  }
  if (isGrant) {
    const known = adviceByDescription.find(([pattern]) => pattern.test(description));
    if (known !== undefined) return known[1];
    return attempt.audience === undefined
      ? "Check the app's run-as user, that it is active and may use the API."
      : "Check the username, that the user is active and pre-authorised for the app, and that the app knows the certificate of this key.";
  }
  return adviceByError[error] ?? "Check the app and its user in Salesforce Setup.";
}

/** The generic login hosts refuse External Client Apps and client credentials. */
function myDomainAdvice({ tokenUrl, audience }: LoginAttempt): string {
  const rule = "must be the org's My Domain, such as https://acme.my.salesforce.com";
  return audience === undefined
    ? `The token URL ${rule}; it was ${tokenUrl}.`
    : `Token URL and audience ${rule}; they were ${tokenUrl} and ${audience}.`;
}

/** An assertion is valid for minutes only, so a wrong clock makes it look expired, or issued too far ahead. */
function clockHint(answer: HttpAnswer): string {
  const skew = clockSkewOf(answer);
  if (skew.kind === "fine") return "";
  if (skew.kind === "unknown") return "The answer has no date: check this machine's clock, too.";
  const direction = skew.aheadMs > 0 ? "ahead of" : "behind";
  return `This machine's clock is ${spell(skew.aheadMs)} ${direction} Salesforce's, and assertions are valid for minutes only: synchronise the clock.`;
}

/** The host's own words, cut, without what it may have repeated of the question. */
function quote(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== "")
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ secret }).toString().slice(7),
    ])
    .reduce((rest, secret) => rest.replaceAll(secret, "…"), text)
    .slice(0, MAX_SAID);
}
