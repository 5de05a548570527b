import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import type { TestContext } from "node:test";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { Client, Metadata, credentials, logVerbosity, setLogVerbosity, status } from "@grpc/grpc-js";
import { startOrg } from "@sluice/org";
import type { RunningOrg } from "@sluice/org";
import { clientCredentials } from "../src/auth/client-credentials.ts";
import { jwtBearer } from "../src/auth/jwt-bearer.ts";
import type { Session } from "../src/auth/session.ts";
import { tokenFrom } from "../src/auth/token-from.ts";
import type { NetworkOptions } from "../src/network/network-options.ts";
import { proxyChannelOptions } from "../src/network/proxy-channel-options.ts";
import { resolveProxy } from "../src/network/resolve-proxy.ts";
import { contextTrusting } from "../src/network/trust.ts";
import { startConnectProxy } from "./connect-proxy.ts";

const forever = new AbortController().signal;
const topic = "/event/OrderProvisionRequested__e";
const metadataDirs = ["core", "demo"].map((name) =>
  fileURLToPath(new URL(`../../../salesforce/${name}`, import.meta.url)),
);
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const app = { clientId: "sluice-demo", clientSecret: "sluice-demo-secret" };

let org: RunningOrg;
let ca: Buffer;

before(async () => {
  // What the proxy refuses would be told on stderr, too.
  setLogVerbosity(logVerbosity.NONE);
  const jwtPublicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  org = await startOrg({ metadataDirs, jwtPublicKeyPem });
  ca = await readFile(org.caFile);
});

after(() => org.close());

/** The org's HTTP server behind TLS, by the org's own authority. @returns its URL. */
async function startTlsFront(t: TestContext): Promise<string> {
  const key = await readFile(join(dirname(org.caFile), "key.pem"));
  const open = new Set<Socket>();
  const { port } = new URL(org.url);
  const server = createServer({ key, cert: ca }, (client) => {
    const upstream = connect({ host: "127.0.0.1", port: Number(port) });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
    }
    client.pipe(upstream).pipe(client);
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

/** Asks GetTopic as a client of the Pub/Sub API behind a proxy would. */
async function getTopic(t: TestContext, network: NetworkOptions, session: Session): Promise<Buffer> {
  const endpoint = { address: org.pubsubEndpoint, transport: "tls" } as const;
  const proxy = resolveProxy(endpoint, network, network.env ?? {});
  const { address, options } = proxyChannelOptions(endpoint.address, proxy);
  const client = new Client(address, credentials.createFromSecureContext(contextTrusting(ca.toString())), {
    ...options,
    "grpc.use_local_subchannel_pool": 1,
  });
  t.after(() => {
    client.close();
  });
  const metadata = new Metadata();
  metadata.set("accesstoken", session.accessToken);
  metadata.set("instanceurl", session.instanceUrl);
  metadata.set("tenantid", session.orgId);
  // TopicRequest: `1 topic_name: string`
  const request = Buffer.concat([Buffer.from([0x0a, topic.length]), Buffer.from(topic)]);
  return await new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/eventbus.v1.PubSub/GetTopic",
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      request,
      metadata,
      (error, answer) => {
        if (error === null && answer !== undefined) resolve(answer);
        else reject(error ?? new Error("no answer"));
      },
    );
  });
}

test("one proxy with credentials carries the sign-in and the Pub/Sub API, each with TLS to its own host", async (t) => {
  const loginUrl = await startTlsFront(t);
  const proxy = await startConnectProxy(t, { credentials: "bob:p@ss" });
  const network = { ca, proxy: `http://bob:p%40ss@${proxy.address}` };
  const session = await clientCredentials({ loginUrl, ...app, network }).get(forever);
  assert.equal(session.orgId, org.orgId);
  assert.equal(session.instanceUrl, org.url);
  assert.match(session.userId ?? "", /^005[a-zA-Z0-9]{15}$/);
  const answer = await getTopic(t, network, session);
  assert.ok(answer.includes(topic));
  assert.deepEqual(proxy.tunnels, [new URL(loginUrl).host, org.pubsubEndpoint]);
});

test("a channel behind a proxy that refuses fails, and its error holds no password", async (t) => {
  const proxy = await startConnectProxy(t, { credentials: "bob:right" });
  const network = { ca, proxy: `http://bob:pass-word@${proxy.address}` };
  const { accessToken, instanceUrl, tenantId } = org.signIn();
  const failure: unknown = await getTopic(t, network, { accessToken, instanceUrl, orgId: tenantId }).catch(
    (error: unknown) => error,
  );
  assert.ok(failure instanceof Error);
  assert.equal("code" in failure && failure.code, status.UNAVAILABLE);
  assert.ok(!inspect(failure, { depth: Infinity, showHidden: true }).includes("pass-word"));
  assert.deepEqual(proxy.tunnels, []);
});

test("a channel without a proxy does not take one from the environment by itself", async (t) => {
  const proxy = await startConnectProxy(t, { refuse: 403 });
  const { https_proxy } = process.env;
  process.env["https_proxy"] = `http://${proxy.address}`;
  t.after(() => {
    if (https_proxy === undefined) delete process.env["https_proxy"];
    else process.env["https_proxy"] = https_proxy;
  });
  const { accessToken, instanceUrl, tenantId } = org.signIn();
  const session = { accessToken, instanceUrl, orgId: tenantId };
  assert.ok((await getTopic(t, { proxy: false }, session)).includes(topic));
  assert.deepEqual([...proxy.asked.rest], []);
});

test("a private authority is trusted when it is given, and missed by name when it is not", async (t) => {
  const loginUrl = await startTlsFront(t);
  const options = { loginUrl, ...app };
  const session = await clientCredentials({ ...options, network: { ca: ca.toString() } }).get(forever);
  assert.equal(session.orgId, org.orgId);
  await assert.rejects(clientCredentials(options).get(forever), {
    code: "login_unreachable",
    message: `[login_unreachable] ${loginUrl}: its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT). If your network has an authority of its own, give its PEM in network.ca.`,
  });
});

test("a JWT of a clock that is ten minutes behind is refused, and the clock is named", async () => {
  const options = {
    loginUrl: org.url,
    clientId: app.clientId,
    username: "operator@sluice.test",
    privateKeyPem,
  };
  assert.equal((await jwtBearer(options).get(forever)).orgId, org.orgId);
  const late = jwtBearer({ ...options, clock: () => Date.now() - 600_000 });
  await assert.rejects(late.get(forever), {
    code: "auth_rejected",
    message:
      /\(invalid_grant: expired assertion[^)]*\)\. .* This machine's clock is (?:10 min|9 min 59 s|10 min 1 s) behind Salesforce's, and assertions are valid for minutes only: synchronise the clock\.$/,
  });
  const elsewhere = jwtBearer({ ...options, audience: "https://login.salesforce.com" });
  await assert.rejects(elsewhere.get(forever), {
    message:
      /\(invalid_grant: audience is invalid[^)]*\)\. Token URL and audience must be the org's My Domain, such as https:\/\/acme\.my\.salesforce\.com; they were \S+\/services\/oauth2\/token and https:\/\/login\.salesforce\.com\.$/,
  });
});

test("a token of elsewhere is looked up at the org, and one that the org does not know is refused", async () => {
  const { accessToken } = org.signIn();
  const session = await tokenFrom(() => Promise.resolve({ accessToken, instanceUrl: org.url })).get(forever);
  assert.equal(session.orgId, org.orgId);
  const source = tokenFrom(() => Promise.resolve({ accessToken: "00D!nobody", instanceUrl: org.url }));
  await assert.rejects(source.get(forever), {
    message: `[auth_rejected] ${org.url}: Salesforce refused the access token (Bad_OAuth_Token). It is expired, revoked or of another org.`,
  });
});
