import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { clientCredentials, jwtBearer } from "../src/index.ts";

const orgId = "00D000000000001EAA";
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body: unknown };
type Asked = {
  readonly path: string;
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
};
type LoginHost = { readonly url: string; readonly asked: readonly Asked[] };

async function startLoginHost(
  t: TestContext,
  answer: (asked: Asked, count: number) => Answer | Promise<Answer>,
): Promise<LoginHost> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { authorization } = request.headers;
      const one = {
        path: request.url ?? "",
        form: new URLSearchParams(await textOf(request)),
        authorization,
      };
      asked.push(one);
      const { status = 200, headers = {}, body } = await answer(one, asked.length);
      response.writeHead(status, headers);
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function token(name = "secret-token"): Answer {
  const id = `https://login.salesforce.com/id/${orgId}/005000000000001AAA`;
  const instance_url = "https://acme.my.salesforce.com/";
  return { body: { access_token: name, instance_url, id, token_type: "Bearer", issued_at: "1" } };
}

function credentials(url: string) {
  return clientCredentials({ loginUrl: url, clientId: "sluice-demo", clientSecret: "top-secret" });
}

const forever = new AbortController().signal;

test("a JWT is signed with RS256 and names app, user, audience and an expiry within three minutes", async (t) => {
  const host = await startLoginHost(t, () => token());
  const nowMs = 1_700_000_000_500;
  const options = {
    loginUrl: `${host.url}/`,
    clientId: "key",
    username: "a@b.test",
    privateKeyPem,
    clock: () => nowMs,
  };
  assert.deepEqual(await jwtBearer(options).get(forever), {
    accessToken: "secret-token",
    instanceUrl: "https://acme.my.salesforce.com",
    orgId,
  });
  const [asked] = host.asked;
  assert.equal(asked?.path, "/services/oauth2/token");
  assert.equal(asked.form.get("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const [header = "", claims = "", signature = ""] = (asked.form.get("assertion") ?? "").split(".");
  const decode = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  assert.deepEqual(decode(header), { alg: "RS256" });
  assert.deepEqual(decode(claims), { iss: "key", sub: "a@b.test", aud: host.url, exp: 1_700_000_150 });
  const signed = Buffer.from(`${header}.${claims}`);
  assert.ok(verify("sha256", signed, publicKey, Buffer.from(signature, "base64url")));
});

test("client credentials send id and secret in the form", async (t) => {
  const host = await startLoginHost(t, () => token());
  await credentials(host.url).get(forever);
  assert.deepEqual(Object.fromEntries(host.asked[0]?.form ?? []), {
    grant_type: "client_credentials",
    client_id: "sluice-demo",
    client_secret: "top-secret",
  });
});

test("the org id comes from userinfo when the answer has no identity URL", async (t) => {
  const host: LoginHost = await startLoginHost(t, ({ path }) =>
    path.endsWith("/userinfo")
      ? { body: { organization_id: orgId } }
      : { body: { access_token: "secret-token", instance_url: host.url } },
  );
  assert.equal((await credentials(host.url).get(forever)).orgId, orgId);
  assert.equal(host.asked[1]?.path, "/services/oauth2/userinfo");
  assert.equal(host.asked[1]?.authorization, "Bearer secret-token");
});

test("callers at the same time share one sign-in, and later ones its session", async (t) => {
  const gate = Promise.withResolvers<void>();
  const host = await startLoginHost(t, async () => {
    await gate.promise;
    return token();
  });
  const auth = credentials(host.url);
  const waiting = [auth.get(forever), auth.get(forever)];
  gate.resolve();
  const [first, second] = await Promise.all(waiting);
  assert.equal(first, second);
  assert.equal(await auth.get(forever), first);
  assert.equal(host.asked.length, 1);
});

test("an invalidated session is replaced, and a late refusal of the old one does not cost the new one", async (t) => {
  const host = await startLoginHost(t, (_asked, count) => token(`token-${count}`));
  const auth = credentials(host.url);
  const first = await auth.get(forever);
  auth.invalidate(first);
  const second = await auth.get(forever);
  assert.equal(second.accessToken, "token-2");
  auth.invalidate(first);
  assert.equal(await auth.get(forever), second);
});

test("a caller that aborts leaves at once, and the others still get their session", async (t) => {
  const gate = Promise.withResolvers<void>();
  const host = await startLoginHost(t, async () => {
    await gate.promise;
    return token();
  });
  const auth = credentials(host.url);
  const impatient = new AbortController();
  const left = auth.get(impatient.signal);
  const stayed = auth.get(forever);
  const reason = new Error("enough");
  impatient.abort(reason);
  await assert.rejects(left, reason);
  gate.resolve();
  assert.equal((await stayed).orgId, orgId);
});

const failures: readonly (readonly [string, Answer, string, boolean])[] = [
  [
    "a refused sign-in tells Salesforce's words and what to do",
    { status: 400, body: { error: "invalid_client", error_description: "invalid client credentials" } },
    "[auth_rejected] HOST: Salesforce refused the sign-in (invalid_client: invalid client credentials). Check the consumer key and secret; a new app takes some minutes to become known.",
    false,
  ],
  [
    "too many logins can be tried again",
    { status: 400, body: { error: "rate_limit_exceeded" } },
    "[login_rate_limited] HOST: rate_limit_exceeded. Fewer processes should sign in as this user.",
    true,
  ],
  [
    "a maintenance page is no refusal",
    { status: 503, body: "<html>We are down</html>" },
    "[login_unreachable] HOST: it answered 503 with something that is no OAuth answer. It may be in maintenance.",
    true,
  ],
  [
    "a redirect is not followed",
    { status: 302, headers: { location: "https://login.salesforce.com" }, body: "" },
    "[login_unreachable] HOST: it redirects (302) instead of answering. Use the org's My Domain as login URL.",
    true,
  ],
  [
    "an answer without a token names what is missing, and nothing of what is there",
    { body: { access_token: "secret-token", id: "x" } },
    "[login_unreachable] HOST: the token answer lacks a usable instance_url.",
    true,
  ],
];

for (const [name, answer, message, retryable] of failures) {
  test(name, async (t) => {
    const host = await startLoginHost(t, () => answer);
    await assert.rejects(credentials(host.url).get(forever), {
      message: message.replace("HOST", host.url),
      retryable,
    });
  });
}

test("a failed sign-in is not kept: the next caller tries again", async (t) => {
  const host = await startLoginHost(t, (_asked, count) =>
    count === 1 ? { status: 500, body: "" } : token(),
  );
  const auth = credentials(host.url);
  await assert.rejects(auth.get(forever), { code: "login_unreachable" });
  assert.equal((await auth.get(forever)).orgId, orgId);
});

test("a host that does not answer is unreachable, and the reason is told", async (t) => {
  const host = await startLoginHost(t, () => token());
  const port = Number(new URL(host.url).port);
  const nobody = createServer();
  await new Promise<void>((resolve) => nobody.listen(0, "127.0.0.1", resolve));
  const free = (nobody.address() as AddressInfo).port;
  await new Promise((resolve) => nobody.close(resolve));
  assert.notEqual(free, port);
  await assert.rejects(credentials(`http://127.0.0.1:${free}`).get(forever), {
    code: "login_unreachable",
    message: `[login_unreachable] http://127.0.0.1:${free}: no answer: fetch failed (connect ECONNREFUSED 127.0.0.1:${free}).`,
  });
});

test("refuses a login URL in the clear, and a key that is none, without quoting the key", () => {
  assert.throws(() => credentials("http://acme.my.salesforce.com"), { code: "config_invalid" });
  assert.throws(() => credentials("acme"), { code: "config_invalid" });
  const options = { loginUrl: "https://a.my.salesforce.com", clientId: "k", username: "u", clock: () => 0 };
  assert.throws(() => jwtBearer({ ...options, privateKeyPem: "my-key" }), {
    message: "[config_invalid] private key: not a readable private key. Give an unencrypted PEM file.",
  });
  const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const pem = elliptic.export({ type: "pkcs8", format: "pem" }).toString();
  assert.throws(() => jwtBearer({ ...options, privateKeyPem: pem }), {
    message: "[config_invalid] private key: an RSA key is needed for RS256, this one is ec.",
  });
});
