import { z } from "zod";
import { PubSubError } from "../pubsub-error.ts";
import type { Session } from "./session.ts";
import { toLoginError } from "./login-error.ts";

const TIMEOUT_MS = 30_000;

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  instance_url: z.url(),
  /** `https://…/id/{org id}/{user id}` */
  id: z.string().optional(),
});

const userInfo = z.object({ organization_id: z.string().min(15) });

/**
 * The origin of a login URL.
 *
 * @throws {PubSubError} `config_invalid` unless it is HTTPS, or HTTP to this machine.
 */
export function parseLoginUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback)) return url.origin;
  const detail = `expected the org's My Domain as an https URL, such as https://acme.my.salesforce.com; got "${text}".`;
  throw new PubSubError("config_invalid", "login URL", detail);
}

/**
 * Asks the token endpoint for a session. The org id comes from the identity URL in the answer, else from userinfo.
 *
 * @throws {PubSubError} `login_unreachable`, `login_rate_limited`, `auth_rejected`; the signal's reason when aborted.
 */
export async function requestSession(
  loginUrl: string,
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Session> {
  const url = `${loginUrl}/services/oauth2/token`;
  const answer = await ask(url, { method: "POST", body: new URLSearchParams(form) }, signal);
  const token = tokenAnswer.safeParse(answer);
  if (!token.success) {
    // The answer may hold a token, so only the names of the wrong fields are told.
    const fields = token.error.issues.map((issue) => issue.path.join(".")).join(", ");
    throw new PubSubError(
      "login_unreachable",
      loginUrl,
      `the token answer lacks a usable ${fields || "object"}.`,
    );
  }
  const accessToken = token.data.access_token;
  const instanceUrl = new URL(token.data.instance_url).origin;
  const orgId = orgIdOf(token.data.id) ?? (await askOrgId(instanceUrl, accessToken, signal));
  return { accessToken, instanceUrl, orgId };
}

function orgIdOf(identityUrl: string | undefined): string | undefined {
  return identityUrl === undefined ? undefined : /\/id\/(00D[a-zA-Z0-9]{15})\//.exec(identityUrl)?.[1];
}

async function askOrgId(instanceUrl: string, accessToken: string, signal: AbortSignal): Promise<string> {
  const url = `${instanceUrl}/services/oauth2/userinfo`;
  const answer = await ask(url, { headers: { authorization: `Bearer ${accessToken}` } }, signal);
  const info = userInfo.safeParse(answer);
  if (info.success) return info.data.organization_id;
  throw new PubSubError("login_unreachable", instanceUrl, "userinfo names no organization_id.");
}

async function ask(url: string, init: RequestInit, signal: AbortSignal): Promise<unknown> {
  const host = new URL(url).origin;
  let response: Response;
  let text: string;
  try {
    // Redirects are not followed: they would carry the credentials to a host that nobody configured.
    const timed = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    response = await fetch(url, { ...init, redirect: "manual", signal: timed });
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new PubSubError("login_unreachable", host, `no answer: ${describe(error)}.`, { cause: error });
  }
  const body = parseJson(text);
  if (response.ok && body !== undefined) return body;
  throw toLoginError(host, response, body);
}

/** undefined for what is no JSON: maintenance pages are HTML. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch failed` says nothing; its cause does. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
