import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { inspect } from "node:util";
import { clockSkewOf, spell } from "../src/auth/clock-skew.ts";
import { clientCredentials, jwtBearer } from "../src/index.ts";
import type { TokenSource } from "../src/index.ts";
import { orgId, startLoginHost, token } from "./login-host.ts";
import type { Answer } from "./login-host.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const forever = new AbortController().signal;
const nowMs = Date.UTC(2026, 0, 1, 12);

type Flow = (loginUrl: string) => TokenSource;
const secretFlow: Flow = (loginUrl) =>
  clientCredentials({ loginUrl, clientId: "key", clientSecret: "top-secret" });
const jwtFlow: Flow = (loginUrl) =>
  jwtBearer({ loginUrl, clientId: "key", username: "a@b.test", privateKeyPem, clock: () => nowMs });

function refused(error: string, error_description?: string, change: Partial<Answer> = {}): Answer {
  const date = new Date(nowMs).toUTCString();
  return { status: 400, headers: { date }, body: { error, error_description }, ...change };
}

/** The message, with the host's URL as HOST. */
async function messageOf(t: TestContext, flow: Flow, answer: Answer): Promise<string> {
  const host = await startLoginHost(t, () => answer);
  const failure: unknown = await flow(host.url)
    .get(forever)
    .catch((error: unknown) => error);
  assert.ok(failure instanceof Error);
  return failure.message.replaceAll(host.url, "HOST");
}

const checkUser =
  "Check the username, that the user is active and pre-authorised for the app, and that the app knows the certificate of this key.";

const failures: readonly (readonly [string, Flow, Answer, string])[] = [
  [
    "a refused sign-in tells Salesforce's words and what to do",
    secretFlow,
    refused("invalid_client", "invalid client credentials"),
    "[auth_rejected] HOST: Salesforce refused the sign-in (invalid_client: invalid client credentials). Check the consumer key and secret; a new app takes some minutes to become known.",
  ],
  [
    "a refused audience names token URL and audience, and that both must be My Domain",
    jwtFlow,
    refused("invalid_grant", "audience is invalid"),
    "[auth_rejected] HOST: Salesforce refused the sign-in (invalid_grant: audience is invalid). Token URL and audience must be the org's My Domain, such as https://acme.my.salesforce.com; they were HOST/services/oauth2/token and HOST.",
  ],
  [
    "an app that a generic host does not know has the same cure",
    jwtFlow,
    refused("app_not_found"),
    "[auth_rejected] HOST: Salesforce refused the sign-in (app_not_found). Token URL and audience must be the org's My Domain, such as https://acme.my.salesforce.com; they were HOST/services/oauth2/token and HOST.",
  ],
  [
    "client credentials at a generic host have no audience to change",
    secretFlow,
    refused("invalid_grant", "request not supported on this domain"),
    "[auth_rejected] HOST: Salesforce refused the sign-in (invalid_grant: request not supported on this domain). The token URL must be the org's My Domain, such as https://acme.my.salesforce.com; it was HOST/services/oauth2/token.",
  ],
  [
    "a user who is not approved is to be pre-authorised",
    jwtFlow,
    refused("invalid_grant", "user hasn't approved this consumer"),
    "[auth_rejected] HOST: Salesforce refused the sign-in (invalid_grant: user hasn't approved this consumer). Pre-authorise the user: let an admin set the app's permitted users to \"Admin approved users are pre-authorized\" and assign the app to the user by a permission set or profile.",
  ],
  [
    "an app without a run-as user needs one",
    secretFlow,
    refused("invalid_grant", "no client credentials user enabled"),
    "[auth_rejected] HOST: Salesforce refused the sign-in (invalid_grant: no client credentials user enabled). Let an admin enable the client credentials flow in the app and choose its run-as user.",
  ],
  [
    "a clock that is right is not blamed",
    jwtFlow,
    refused("invalid_grant", "invalid assertion"),
    `[auth_rejected] HOST: Salesforce refused the sign-in (invalid_grant: invalid assertion). ${checkUser}`,
  ],
  [
    "a clock that is behind is told, by how much and that it must be synchronised",
    jwtFlow,
    refused("invalid_grant", "expired assertion", {
      headers: { date: new Date(nowMs + 303_000).toUTCString() },
    }),
    `[auth_rejected] HOST: Salesforce refused the sign-in (invalid_grant: expired assertion). ${checkUser} This machine's clock is 5 min 3 s behind Salesforce's, and assertions are valid for minutes only: synchronise the clock.`,
  ],
  [
    "a clock that is ahead is told, too",
    jwtFlow,
    refused("invalid_grant", "invalid assertion", {
      headers: { date: new Date(nowMs - 3_600_000).toUTCString() },
    }),
    `[auth_rejected] HOST: Salesforce refused the sign-in (invalid_grant: invalid assertion). ${checkUser} This machine's clock is 1 h ahead of Salesforce's, and assertions are valid for minutes only: synchronise the clock.`,
  ],
  [
    "without a date nobody knows about the clock",
    jwtFlow,
    refused("invalid_grant", undefined, { headers: {}, dated: false }),
    `[auth_rejected] HOST: Salesforce refused the sign-in (invalid_grant). ${checkUser} The answer has no date: check this machine's clock, too.`,
  ],
  [
    "client credentials do not depend on the clock",
    secretFlow,
    refused("invalid_grant", "authentication failure", { headers: { date: new Date(0).toUTCString() } }),
    "[auth_rejected] HOST: Salesforce refused the sign-in (invalid_grant: authentication failure). Check the app's run-as user, that it is active and may use the API.",
  ],
  [
    "too many logins can be tried again, later",
    secretFlow,
    refused("rate_limit_exceeded"),
    "[login_rate_limited] HOST: rate_limit_exceeded. Fewer processes should sign in as this user.",
  ],
  [
    "so can too many requests",
    secretFlow,
    { status: 429, body: "slow down" },
    "[login_rate_limited] HOST: it answered 429: too many requests. Fewer processes should sign in as this user.",
  ],
  [
    "a maintenance page is no refusal",
    secretFlow,
    { status: 503, body: "<html>We are down</html>" },
    "[login_unreachable] HOST: it answered 503 with something that is no OAuth answer. It may be in maintenance.",
  ],
  [
    "nor is a maintenance page that claims success",
    secretFlow,
    { body: "<html>We are down</html>" },
    "[login_unreachable] HOST: it answered 200 with something that is no OAuth answer. It may be in maintenance.",
  ],
  [
    "nor is an error that passes by itself",
    secretFlow,
    refused("unknown_error", "retry your request"),
    "[login_unreachable] HOST: it answered 400 with unknown_error. It may be in maintenance.",
  ],
  [
    "a forbidding page is a refusal",
    secretFlow,
    { status: 403, body: "<html>no</html>" },
    "[auth_rejected] HOST: it answered 403 with something that is no OAuth answer. Check that the user may use the API, and from this network.",
  ],
  [
    "a redirect is not followed",
    secretFlow,
    { status: 302, headers: { location: "https://login.salesforce.com" }, body: "" },
    "[login_unreachable] HOST: it redirects (302) instead of answering. Use the org's My Domain as login URL.",
  ],
  [
    "an answer without an instance names what is missing, and nothing of what is there",
    secretFlow,
    { body: { access_token: "secret-token", id: "x" } },
    "[login_unreachable] HOST: the token answer lacks a usable instance_url.",
  ],
  [
    "an instance without TLS gets no token",
    secretFlow,
    token("secret-token", { instance_url: "http://acme.my.salesforce.com" }),
    "[login_unreachable] HOST: the token answer lacks a usable instance_url.",
  ],
  [
    "a token that no header can carry is none",
    secretFlow,
    token("secret\ntoken"),
    "[login_unreachable] HOST: the token answer lacks a usable access_token.",
  ],
];

for (const [name, flow, answer, message] of failures) {
  test(name, async (t) => {
    assert.equal(await messageOf(t, flow, answer), message);
  });
}

const userInfoRefusals: readonly (readonly [string, Answer, string])[] = [
  [
    "a token that userinfo does not know is refused in its words",
    { status: 403, body: "Bad_OAuth_Token" },
    "[auth_rejected] HOST: Salesforce refused the access token (Bad_OAuth_Token). It is expired, revoked or of another org.",
  ],
  [
    "a session that may not use the API says that signing in again does not help",
    {
      status: 403,
      body: [
        {
          message: "This session is not valid for use with the REST API",
          errorCode: "INVALID_SESSION_ID",
        },
      ],
    },
    '[auth_rejected] HOST: Salesforce answered 403: this session is not valid for use with the REST API. Signing in again does not help: give the app the OAuth scope "api" and the user the permission "API Enabled".',
  ],
  [
    "another refusal of userinfo is told in its words",
    { status: 401, body: [{ message: "API is disabled for secret-token", errorCode: "X" }] },
    "[auth_rejected] HOST: Salesforce answered 401 (API is disabled for …). Check that the user may use the API.",
  ],
  [
    "a userinfo in maintenance is no refusal",
    { status: 500, body: "" },
    "[login_unreachable] HOST: it answered 500 with something that is no userinfo. It may be in maintenance.",
  ],
  [
    "a userinfo without an org is unusable",
    { body: { user_id: "005000000000001AAA", organization_id: "00E000000000001EAA" } },
    "[login_unreachable] HOST: userinfo names no organization_id.",
  ],
];

for (const [name, answer, message] of userInfoRefusals) {
  test(name, async (t) => {
    const host: { url: string } = await startLoginHost(t, ({ path }) =>
      path.endsWith("/userinfo")
        ? answer
        : { body: { access_token: "secret-token", instance_url: host.url } },
    );
    await assert.rejects(secretFlow(host.url).get(forever), {
      message: message.replace("HOST", host.url),
    });
  });
}

test("a host that repeats what it was sent does not put it into errors", async (t) => {
  const host = await startLoginHost(t, ({ form }) => {
    const { client_secret = "", assertion = "" } = Object.fromEntries(form);
    return refused("invalid_grant", `no: ${client_secret}${assertion} ${form.toString()}`);
  });
  const loginUrl = host.url;
  const clientSecret = "top secret/+=";
  const keyLine = privateKeyPem.split("\n")[1] ?? "";
  for (const flow of [
    clientCredentials({ loginUrl, clientId: "key", clientSecret }),
    jwtBearer({ loginUrl, clientId: "key", username: "a@b.test", privateKeyPem }),
  ]) {
    const failure: unknown = await flow.get(forever).catch((error: unknown) => error);
    const shown = inspect(failure, { depth: Infinity, showHidden: true });
    assert.match(shown, /\[auth_rejected\]/);
    const { form } = host.asked.at(-1) ?? {};
    const [, , signature = ""] = (form?.get("assertion") ?? "").split(".");
    const secrets = [clientSecret, "top+secret", "top%20secret", keyLine, signature.slice(0, 20)];
    for (const secret of secrets) assert.ok(secret === "" || !shown.includes(secret), secret);
  }
});

test("the round trip counts: a slow answer proves no wrong clock", () => {
  const date = new Date(nowMs).toUTCString();
  for (const [sentAtMs, receivedAtMs, expected] of [
    [nowMs, nowMs, { kind: "fine" }],
    [nowMs - 61_000, nowMs - 61_000, { kind: "fine" }],
    [nowMs - 61_001, nowMs - 61_001, { kind: "off", aheadMs: -61_001 }],
    [nowMs + 61_000, nowMs + 61_000, { kind: "fine" }],
    [nowMs + 61_001, nowMs + 61_001, { kind: "off", aheadMs: 61_001 }],
    [nowMs + 61_001, nowMs + 91_001, { kind: "off", aheadMs: 76_001 }],
    [nowMs + 50_000, nowMs + 80_000, { kind: "fine" }],
  ] as const) {
    assert.deepEqual(clockSkewOf({ date, sentAtMs, receivedAtMs }), expected);
  }
  for (const rubbish of [undefined, "yesterday"]) {
    const skew = clockSkewOf({ date: rubbish, sentAtMs: nowMs, receivedAtMs: nowMs });
    assert.deepEqual(skew, { kind: "unknown" });
  }
});

test("a duration is spelt with its two largest units", () => {
  assert.equal(spell(61_499), "1 min 1 s");
  assert.equal(spell(-7_200_000), "2 h");
  assert.equal(spell(90_061_000), "1 d 1 h");
});

test("an id that is not the org's prefix is no identity, and userinfo is asked", async (t) => {
  const host: { url: string } = await startLoginHost(t, ({ path }) =>
    path.endsWith("/userinfo")
      ? { body: { organization_id: orgId } }
      : token("secret-token", { id: "https://x/id/00E000000000001EAA/1", instance_url: host.url }),
  );
  assert.equal((await secretFlow(host.url).get(forever)).orgId, orgId);
});
