import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { inspect } from "node:util";
import { clientCredentials } from "../src/auth/client-credentials.ts";
import type { TokenSource } from "../src/auth/session.ts";
import type { NetworkOptions } from "../src/network/network-options.ts";
import { startConnectProxy } from "./connect-proxy.ts";
import { freePort, startLoginHost, token } from "./login-host.ts";

const forever = new AbortController().signal;
const target = "acme.my.salesforce.com:443";

/** Signs in at a host that only a proxy could reach. */
function behind(network: NetworkOptions): TokenSource {
  const loginUrl = "https://acme.my.salesforce.com";
  return clientCredentials({ loginUrl, clientId: "key", clientSecret: "top-secret", network });
}

async function failureOf(source: TokenSource): Promise<Error> {
  const failure = await source.get(forever).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(failure instanceof Error);
  for (const secret of ["top-secret", "pass-word"]) {
    assert.ok(!inspect(failure, { depth: Infinity, showHidden: true }).includes(secret));
    assert.ok(!failure.message.includes(secret));
  }
  return failure;
}

for (const [status, words] of [
  [403, `it refuses connections to ${target} (403). Let its admin allow that host.`],
  [502, `it could not reach ${target} (502). Check the address, and that the proxy reaches the internet.`],
  [
    405,
    `it answered 405 when asked for ${target}. Check that network.proxy names an HTTP proxy that can CONNECT.`,
  ],
] as const) {
  test(`a proxy that answers ${status} is named, and what to do about it`, async (t) => {
    const proxy = await startConnectProxy(t, { refuse: status });
    const { message } = await failureOf(behind({ proxy: `http://${proxy.address}` }));
    assert.equal(message, `[login_unreachable] proxy http://${proxy.address}: ${words}`);
  });
}

test("a proxy that wants credentials says so, and wrong ones are to be checked", async (t) => {
  const proxy = await startConnectProxy(t, { credentials: "bob:right" });
  const subject = `[login_unreachable] proxy http://${proxy.address}:`;
  const without = await failureOf(behind({ proxy: `http://${proxy.address}` }));
  assert.equal(
    without.message,
    `${subject} it demands a user and password (407). Give them in network.proxy, as http://user:password@host:port.`,
  );
  const env = { HTTPS_PROXY: `http://bob:pass-word@${proxy.address}` };
  const wrong = await failureOf(behind({ env }));
  assert.equal(
    wrong.message,
    `${subject} it does not accept its user and password (407). Check them in HTTPS_PROXY; Basic authentication is used.`,
  );
});

test("a proxy that is not there or says nothing is told from a login host that is not", async (t) => {
  const address = `127.0.0.1:${await freePort()}`;
  const absent = await failureOf(behind({ proxy: `http://bob:pass-word@${address}` }));
  assert.equal(
    absent.message,
    `[login_unreachable] proxy http://${address}: could not be asked for ${target}: connect ECONNREFUSED ${address}. Check network.proxy.`,
  );
  const silent = await startConnectProxy(t, { silent: true });
  const proxy = `http://bob:pass-word@${silent.address}`;
  const { message } = await failureOf(behind({ proxy, connectTimeoutMs: 50 }));
  assert.equal(
    message,
    `[login_unreachable] proxy http://${silent.address}: could not be asked for ${target}: no answer within 0.05 s. Check network.proxy.`,
  );
});

test("who gives up waiting for a proxy is let go at once", async (t) => {
  const proxy = await startConnectProxy(t, { silent: true });
  const stop = new AbortController();
  const waiting = behind({ proxy: `http://${proxy.address}` }).get(stop.signal);
  assert.equal(await proxy.asked.take(), target);
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(waiting, reason);
});

test("a login host without TLS on this machine is never asked through a proxy", async (t) => {
  const proxy = await startConnectProxy(t);
  const host = await startLoginHost(t, () => token());
  const network = { proxy: `http://${proxy.address}` };
  const options = { loginUrl: host.url, clientId: "key", clientSecret: "top-secret", network };
  assert.equal((await clientCredentials(options).get(forever)).accessToken, "secret-token");
  assert.deepEqual([...proxy.asked.rest], []);
});

test("an answer that is no HTTP is unusable, and none of it is told", async (t) => {
  const { url } = await startRawHost(t, "access_token=pass-word\r\n\r\n");
  const source = clientCredentials({ loginUrl: url, clientId: "key", clientSecret: "top-secret" });
  const failure = await failureOf(source);
  assert.match(failure.message, /^\[login_unreachable\] \S+: no usable answer: Parse Error: [^\n]+\.$/);
  const shown = inspect(failure, { depth: Infinity }).replaceAll(" ", "");
  assert.ok(!shown.includes(Buffer.from("pass-word").toString("hex")));
});

test("a connection that ends without an answer is unusable", async (t) => {
  const { url } = await startRawHost(t, "");
  const source = clientCredentials({ loginUrl: url, clientId: "key", clientSecret: "top-secret" });
  assert.equal(
    (await failureOf(source)).message,
    `[login_unreachable] ${url}: no usable answer: socket hang up.`,
  );
});

/** Says the same to whoever asks, and ends. */
async function startRawHost(t: TestContext, words: string): Promise<{ readonly url: string }> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.end(words));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
