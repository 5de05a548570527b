import assert from "node:assert/strict";
import { test } from "node:test";
import { openNetwork } from "../src/network/network-options.ts";
import { proxyChannelOptions } from "../src/network/proxy-channel-options.ts";
import { resolveProxy } from "../src/network/resolve-proxy.ts";

const salesforce = { address: "acme.my.salesforce.com:443", transport: "tls" } as const;

function hostFor(
  env: Record<string, string>,
  options: { proxy?: string | false } = {},
  address: string = salesforce.address,
): string | undefined {
  return resolveProxy({ address, transport: "tls" }, options, env)?.host;
}

test("without a proxy anywhere the target is dialled directly", () => {
  assert.equal(resolveProxy(salesforce, {}, {}), undefined);
  assert.equal(hostFor({ https_proxy: " " }), undefined);
});

test("a given proxy comes before the environment, and false turns the environment off", () => {
  const env = { https_proxy: "http://env:1", no_proxy: "*" };
  assert.equal(hostFor(env, { proxy: "http://given:2" }), "given");
  assert.equal(hostFor({ https_proxy: "http://env:1" }, { proxy: false }), undefined);
});

test("the environment is read under the names of grpc-js, in its order, and in capitals", () => {
  const env = {
    grpc_proxy: "http://first:1",
    https_proxy: "http://second:1",
    HTTPS_PROXY: "http://third:1",
    http_proxy: "http://fourth:1",
  };
  assert.equal(hostFor(env), "first");
  assert.equal(hostFor({ ...env, grpc_proxy: "" }), "second");
  assert.equal(hostFor({ HTTPS_PROXY: env.HTTPS_PROXY, http_proxy: env.http_proxy }), "third");
  assert.equal(hostFor({ http_proxy: env.http_proxy }), "fourth");
  assert.equal(hostFor({ HTTP_PROXY: "http://from-a-request-header:1" }), undefined);
});

test("no_proxy exempts hosts, domains, ports, addresses and ranges", () => {
  const https_proxy = "http://proxy:3128";
  for (const [list, address, exempt] of [
    ["*", "acme.my.salesforce.com:443", true],
    ["salesforce.com", "acme.my.salesforce.com:443", true],
    [".salesforce.com", "acme.my.salesforce.com:443", true],
    ["*.salesforce.com", "acme.my.salesforce.com:443", true],
    ["a.test, ACME.my.SalesForce.com", "acme.my.salesforce.com:443", true],
    ["force.com", "acme.my.salesforce.com:443", false],
    ["salesforce.com:443", "acme.my.salesforce.com:443", true],
    ["salesforce.com:7443", "acme.my.salesforce.com:443", false],
    ["10.0.0.0/8", "10.1.2.3:443", true],
    ["10.0.0.0/8", "11.1.2.3:443", false],
    ["10.0.0.0/8", "acme.my.salesforce.com:443", false],
    ["10.0.0.0/99", "10.1.2.3:443", false],
    ["10.1.2.3", "10.1.2.3:443", true],
    ["2.3", "10.1.2.3:443", false],
    ["fd00::/8", "[fd00::1]:443", true],
    ["fd00::1", "[fd00::1]:443", true],
    ["[fd00::1]:443", "[fd00::1]:443", true],
    ["", "acme.my.salesforce.com:443", false],
  ] as const) {
    for (const name of ["no_proxy", "NO_PROXY", "no_grpc_proxy"]) {
      const found = hostFor({ https_proxy, [name]: list }, {}, address);
      assert.equal(found, exempt ? undefined : "proxy", `${name}=${list} ${address}`);
    }
  }
});

test("this machine is reached without the environment's proxy, and without TLS never through one", () => {
  const https_proxy = "http://proxy:3128";
  for (const address of ["localhost:1", "127.0.0.1:1", "[::1]:1"]) {
    assert.equal(hostFor({ https_proxy }, {}, address), undefined, address);
    const plain = { address, transport: "plain" } as const;
    assert.equal(resolveProxy(plain, { proxy: https_proxy }, {}), undefined, address);
  }
  assert.equal(hostFor({}, { proxy: https_proxy }, "localhost:1"), "proxy");
});

test("reads host, port and decoded credentials; port 80 and the scheme may be missing", () => {
  assert.deepEqual(resolveProxy(salesforce, { proxy: "http://bob:p%40ss%3A@10.0.0.1:3128" }, {}), {
    host: "10.0.0.1",
    port: 3128,
    credentials: "bob:p@ss:",
    source: "network.proxy",
  });
  assert.deepEqual(resolveProxy(salesforce, {}, { https_proxy: "proxy.corp" }), {
    host: "proxy.corp",
    port: 80,
    credentials: undefined,
    source: "https_proxy",
  });
});

test("refuses what is no HTTP proxy, naming where it stands and never its value", () => {
  const expected = "expected an HTTP proxy as http://host:port or http://user:password@host:port; got";
  const hint = " Set network.proxy to another one, or to false to use none.";
  for (const [value, got] of [
    ["https://bob:top-secret@proxy:1", "https://…"],
    ["socks5://bob:top-secret@proxy:1", "socks5://…"],
    ["http://bob:top-secret@proxy:99999", "something else"],
    ["http://bob:top-secret@proxy:1/path", "something else"],
  ] as const) {
    assert.throws(() => resolveProxy(salesforce, { proxy: value }, {}), {
      code: "config_invalid",
      message: `[config_invalid] network.proxy: ${expected} ${got}.`,
    });
    assert.throws(() => resolveProxy(salesforce, {}, { HTTPS_PROXY: value }), {
      message: `[config_invalid] HTTPS_PROXY: ${expected} ${got}.${hint}`,
    });
  }
  assert.throws(() => resolveProxy(salesforce, { proxy: "http://bob:top%secret@proxy:1" }, {}), {
    message:
      "[config_invalid] network.proxy: the user or password has a % that encodes nothing. Write % as %25.",
  });
  assert.throws(() => resolveProxy(salesforce, { proxy: "" }, {}), { code: "config_invalid" });
});

test("a channel asks the proxy for the target and keeps the target's name", () => {
  const proxy = { host: "[fd00::1]", port: 3128, credentials: "bob:secret", source: "network.proxy" };
  assert.deepEqual(proxyChannelOptions("api.pubsub.salesforce.com:443", proxy), {
    address: "dns:[fd00::1]:3128",
    options: {
      "grpc.enable_http_proxy": 0,
      "grpc.http_connect_target": "dns:api.pubsub.salesforce.com:443",
      "grpc.default_authority": "api.pubsub.salesforce.com:443",
      "grpc.http_connect_creds": "bob:secret",
    },
  });
  assert.deepEqual(proxyChannelOptions("api.pubsub.salesforce.com:443", undefined), {
    address: "api.pubsub.salesforce.com:443",
    options: { "grpc.enable_http_proxy": 0 },
  });
});

test("options that make no sense are refused when the source is created", () => {
  const clock = (): number => 0;
  assert.throws(() => openNetwork({ ca: "/etc/ssl/my-ca.pem" }, clock), {
    message: "[config_invalid] network.ca: expected PEM certificates; could not read any.",
  });
  assert.throws(() => openNetwork({ proxy: "ftp://proxy" }, clock), { code: "config_invalid" });
  for (const connectTimeoutMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => openNetwork({ connectTimeoutMs }, clock), {
      message: `[config_invalid] network.connectTimeoutMs: expected milliseconds, such as 10000; got ${connectTimeoutMs}.`,
    });
  }
});
