import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { test } from "node:test";
import { clientCredentials, jwtBearer } from "../src/index.ts";
import { freePort, orgId, startLoginHost, token, userId } from "./login-host.ts";
import type { LoginHost } from "./login-host.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

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
    userId,
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

test("org and user come from userinfo when the answer has no identity URL, 15 characters made 18", async (t) => {
  const host: LoginHost = await startLoginHost(t, ({ path }) =>
    path.endsWith("/userinfo")
      ? { body: { organization_id: orgId.slice(0, 15), user_id: userId } }
      : { body: { access_token: "secret-token", instance_url: `${host.url}/services` } },
  );
  assert.deepEqual(await credentials(host.url).get(forever), {
    accessToken: "secret-token",
    instanceUrl: host.url,
    orgId,
    userId,
  });
  assert.equal(host.asked[1]?.path, "/services/oauth2/userinfo");
  assert.equal(host.asked[1]?.authorization, "Bearer secret-token");
});

test("an identity URL without a user is enough", async (t) => {
  const id = `https://login.salesforce.com/id/${orgId}/`;
  const host = await startLoginHost(t, () => token("secret-token", { id }));
  assert.equal((await credentials(host.url).get(forever)).userId, undefined);
});

test("an announced lifetime counts for nothing: a session is kept until it is refused", async (t) => {
  const host = await startLoginHost(t, (_asked, count) => token(`token-${count}`, { expires_in: 0 }));
  const auth = credentials(host.url);
  assert.equal((await auth.get(forever)).accessToken, "token-1");
  assert.equal((await auth.get(forever)).accessToken, "token-1");
  assert.equal(host.asked.length, 1);
});

test("instance, org and user are read anew with each token: an org can move", async (t) => {
  const host = await startLoginHost(t, (_asked, count) =>
    count === 1
      ? token()
      : token("token-2", {
          instance_url: "https://acme--new.my.salesforce.com",
          id: "https://login.salesforce.com/id/00D000000000002EAA/005000000000002AAA",
        }),
  );
  const auth = credentials(host.url);
  auth.invalidate(await auth.get(forever));
  assert.deepEqual(await auth.get(forever), {
    accessToken: "token-2",
    instanceUrl: "https://acme--new.my.salesforce.com",
    orgId: "00D000000000002EAA",
    userId: "005000000000002AAA",
  });
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

test("a failed sign-in is not kept: the next caller tries again", async (t) => {
  const host = await startLoginHost(t, (_asked, count) =>
    count === 1 ? { status: 500, body: "" } : token(),
  );
  const auth = credentials(host.url);
  await assert.rejects(auth.get(forever), { code: "login_unreachable" });
  assert.equal((await auth.get(forever)).orgId, orgId);
});

test("a host that does not answer is unreachable, and the reason is told", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  await assert.rejects(credentials(`http://${address}`).get(forever), {
    code: "login_unreachable",
    message: `[login_unreachable] http://${address}: cannot be reached: connect ECONNREFUSED ${address}.`,
  });
});

test("a new sign-in begins when the last caller left and another one comes", async (t) => {
  const first = Promise.withResolvers<void>();
  const host = await startLoginHost(t, async (_asked, count) => {
    if (count > 1) return token("token-2");
    first.resolve();
    return await new Promise<never>(() => undefined);
  });
  const auth = credentials(host.url);
  const stop = new AbortController();
  const left = auth.get(stop.signal);
  await first.promise;
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(left, reason);
  assert.equal((await auth.get(forever)).accessToken, "token-2");
});

test("refuses a login URL in the clear, and a key that is none, without quoting the key", () => {
  assert.throws(() => credentials("http://acme.my.salesforce.com"), { code: "config_invalid" });
  assert.throws(() => credentials("acme"), {
    message:
      '[config_invalid] login URL: expected the org\'s My Domain as an https URL, such as https://acme.my.salesforce.com; got "acme".',
  });
  assert.throws(() => credentials("ftp://bob:top-secret@acme"), {
    message:
      "[config_invalid] login URL: expected the org's My Domain as an https URL, such as https://acme.my.salesforce.com; got one with an @.",
  });
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
