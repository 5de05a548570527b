import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { SignJWT } from "jose";
import { SessionStore } from "../src/auth/sessions.ts";
import { fakeCore, operatorId } from "./server-fake-core.ts";
import { fetchToken, serve } from "./server-harness.ts";

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwtPublicKeyPem = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
const users = [
  { Id: operatorId, Username: "operator@sluice.test", IsActive: true, Name: "Operator" },
  { Id: "005000000000002AAA", Username: "left@sluice.test", IsActive: false, Name: "Gone" },
];

type Claims = { iss?: string; sub?: string; aud?: string; expiresInSeconds?: number };

function startOrg(context: TestContext) {
  return serve(context, fakeCore({ User: users }), { jwtPublicKeyPem });
}

function sign(url: string, claims: Claims = {}, key = keys.privateKey): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(claims.iss ?? "sluice-demo")
    .setSubject(claims.sub ?? "operator@sluice.test")
    .setAudience(claims.aud ?? url)
    .setExpirationTime(nowSeconds + (claims.expiresInSeconds ?? 180))
    .sign(key);
}

async function postToken(
  url: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
) {
  const answer = await fetch(`${url}/services/oauth2/token`, {
    method: "POST",
    headers,
    body: new URLSearchParams(form),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Record<string, string>,
  };
}

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

test("a good assertion gets a token that works, without expires_in and refresh_token", async (context) => {
  const { url } = await startOrg(context);
  const { status, body, headers } = await postToken(url, {
    grant_type: jwtBearer,
    assertion: await sign(url),
  });
  assert.equal(status, 200);
  assert.equal(headers.get("cache-control"), "no-store");
  assert.deepEqual(Object.keys(body).sort(), ["access_token", "id", "instance_url", "scope", "token_type"]);
  assert.match(body["access_token"] ?? "", /^00D000000000001!\S{90,110}$/);
  assert.equal(body["instance_url"], url);
  assert.equal(body["id"], `${url}/id/00D000000000001EAA/${operatorId}`);
  const limits = await fetch(`${url}/services/data/v67.0/limits`, {
    headers: { authorization: `Bearer ${body["access_token"]}` },
  });
  assert.equal(limits.status, 200);
});

test("localhost is accepted as audience as well as 127.0.0.1", async (context) => {
  const { url } = await startOrg(context);
  const assertion = await sign(url, { aud: url.replace("127.0.0.1", "localhost") });
  assert.equal((await postToken(url, { grant_type: jwtBearer, assertion })).status, 200);
});

const badAssertions: readonly (readonly [
  name: string,
  claims: Claims,
  error: string,
  description: RegExp,
])[] = [
  [
    "the generic login host as audience",
    { aud: "https://login.salesforce.com" },
    "invalid_grant",
    /audience is invalid: aud must be http/,
  ],
  ["an expiry far ahead", { expiresInSeconds: 400 }, "invalid_grant", /exp is more than five minutes ahead/],
  ["an expiry in the past", { expiresInSeconds: -60 }, "invalid_grant", /expired assertion/],
  ["an unknown user", { sub: "nobody@sluice.test" }, "invalid_grant", /no active user/],
  ["an inactive user", { sub: "left@sluice.test" }, "invalid_grant", /no active user/],
  ["another client", { iss: "somebody" }, "invalid_client_id", /client identifier invalid/],
];

for (const [name, claims, error, description] of badAssertions) {
  test(`an assertion with ${name} is refused with ${error}`, async (context) => {
    const { url } = await startOrg(context);
    const answer = await postToken(url, { grant_type: jwtBearer, assertion: await sign(url, claims) });
    assert.equal(answer.status, 400);
    assert.equal(answer.body["error"], error);
    assert.match(answer.body["error_description"] ?? "", description);
  });
}

test("an assertion signed by another key, or not by RS256, is refused", async (context) => {
  const { url } = await startOrg(context);
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const foreign = await sign(url, {}, other.privateKey);
  const byKey = await postToken(url, { grant_type: jwtBearer, assertion: foreign });
  assert.match(byKey.body["error_description"] ?? "", /the signature does not match/);

  const secret = new TextEncoder().encode(jwtPublicKeyPem);
  const symmetric = new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setIssuer("sluice-demo");
  const forged = await symmetric
    .setSubject("operator@sluice.test")
    .setAudience(url)
    .setExpirationTime("2m")
    .sign(secret);
  const byAlgorithm = await postToken(url, { grant_type: jwtBearer, assertion: forged });
  assert.match(byAlgorithm.body["error_description"] ?? "", /alg must be RS256/);
});

test("client credentials work from the form and from a Basic header, with issued_at as text", async (context) => {
  const { url } = await startOrg(context);
  const form = {
    grant_type: "client_credentials",
    client_id: "sluice-demo",
    client_secret: "sluice-demo-secret",
  };
  const byForm = await postToken(url, form);
  assert.equal(byForm.status, 200);
  assert.match(String(byForm.body["issued_at"]), /^\d{13}$/);
  const authorization = `Basic ${Buffer.from("sluice-demo:sluice-demo-secret").toString("base64")}`;
  assert.equal((await postToken(url, { grant_type: "client_credentials" }, { authorization })).status, 200);
});

const badForms: readonly (readonly [name: string, form: Readonly<Record<string, string>>, error: string])[] =
  [
    ["no grant", {}, "invalid_request"],
    ["another grant", { grant_type: "password" }, "unsupported_grant_type"],
    [
      "a wrong secret",
      { grant_type: "client_credentials", client_id: "sluice-demo", client_secret: "x" },
      "invalid_client",
    ],
    [
      "a wrong client",
      { grant_type: "client_credentials", client_id: "x", client_secret: "x" },
      "invalid_client_id",
    ],
    ["no secret", { grant_type: "client_credentials", client_id: "sluice-demo" }, "invalid_request"],
    ["no assertion", { grant_type: jwtBearer }, "invalid_request"],
    ["an assertion that is no JWT", { grant_type: jwtBearer, assertion: "x.y" }, "invalid_grant"],
  ];

for (const [name, form, error] of badForms) {
  test(`a token request with ${name} is refused with ${error}`, async (context) => {
    const { url } = await startOrg(context);
    const answer = await postToken(url, form);
    assert.deepEqual([answer.status, answer.body["error"]], [400, error]);
  });
}

test("userinfo tells the org, and a bad token gets 403 in plain text", async (context) => {
  const { url } = await startOrg(context);
  const authorization = `Bearer ${await fetchToken(url)}`;
  const good = await fetch(`${url}/services/oauth2/userinfo`, { headers: { authorization } });
  const info = (await good.json()) as Record<string, unknown>;
  assert.equal(info["organization_id"], "00D000000000001EAA");
  assert.equal(info["preferred_username"], "operator@sluice.test");
  const bad = await fetch(`${url}/services/oauth2/userinfo`, { headers: { authorization: "Bearer x" } });
  assert.deepEqual([bad.status, await bad.text()], [403, "Bad_OAuth_Token"]);
});

test("a revoked token no longer works", async (context) => {
  const { url } = await startOrg(context);
  const token = await fetchToken(url);
  const revoke = (): Promise<Response> =>
    fetch(`${url}/services/oauth2/revoke`, { method: "POST", body: new URLSearchParams({ token }) });
  assert.equal((await revoke()).status, 200);
  const after = await fetch(`${url}/services/data/v67.0/limits`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(after.status, 401);
  assert.deepEqual(await after.json(), [
    { message: "Session expired or invalid", errorCode: "INVALID_SESSION_ID" },
  ]);
  assert.equal((await revoke()).status, 400);
});

test("a session ends two hours after its last use", () => {
  let nowMs = 0;
  const hourMs = 60 * 60 * 1000;
  const sessions = new SessionStore({ orgId: () => "00D000000000001EAA", now: () => nowMs });
  const { token } = sessions.issue(operatorId);
  nowMs += 1.5 * hourMs;
  assert.equal(sessions.use(token)?.userId, operatorId);
  nowMs += 1.5 * hourMs;
  assert.equal(sessions.use(token)?.userId, operatorId);
  nowMs += 2 * hourMs + 1;
  assert.equal(sessions.use(token), undefined);
});

test("SOAP login answers a session, or a fault that clients can read", async (context) => {
  const { url } = await startOrg(context);
  const login = async (password: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${url}/services/Soap/u/67.0`, {
      method: "POST",
      headers: { "content-type": "text/xml" },
      body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header/><e:Body><login xmlns="urn:partner.soap.sforce.com"><username>operator@sluice.test</username><password>${password}</password></login></e:Body></e:Envelope>`,
    });
    return { status: answer.status, text: await answer.text() };
  };
  const good = await login("sluice-demo");
  assert.equal(good.status, 200);
  assert.match(good.text, /<sessionId>00D000000000001![^<]+<\/sessionId><userId>005/);
  const bad = await login("wrong");
  assert.equal(bad.status, 500);
  assert.match(bad.text, /<faultstring>INVALID_LOGIN: /);
});
