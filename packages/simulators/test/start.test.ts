import assert from "node:assert/strict";
import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { startSimulators } from "../src/index.ts";
import type { RecordSummary } from "../src/index.ts";
import { makeFolder, startForTest } from "./start.ts";

const cliFile = new URL("../src/cli.ts", import.meta.url).pathname;

async function occupyPort(t: TestContext): Promise<number> {
  const server: Server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

type Ready = { readonly kind: string; readonly url: string; readonly smtpUrl: string };

async function forkCli(t: TestContext, folder: string): Promise<{ child: ChildProcess; ready: Ready }> {
  const env = { ...process.env, SIM_PORT: "0", SIM_SMTP_PORT: "0", SLUICE_DATA_DIR: folder };
  const child = fork(cliFile, [], { env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  t.after(() => child.kill("SIGKILL"));
  const [ready] = (await once(child, "message")) as [Ready];
  return { child, ready };
}

function postService(url: string): Promise<Response> {
  return fetch(`${url}/network/service`, {
    method: "POST",
    headers: { authorization: "Bearer sluice-network-demo", "content-type": "application/json" },
    body: JSON.stringify({ externalId: "key-1", specification: "tv" }),
  });
}

async function runCli(
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [cliFile, ...args], { env: { ...process.env, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

test("a taken HTTP port is named with its variable, and nothing stays open", async (t) => {
  const port = await occupyPort(t);
  const databaseFile = join(makeFolder(t), "simulators.db");
  await assert.rejects(startSimulators({ port, smtpPort: 0, databaseFile }), {
    name: "SimulatorStartError",
    code: "port_in_use",
    message: `[port_in_use] 127.0.0.1:${port} for the simulators' HTTP is taken; stop the other program, or set SIM_PORT to a free port`,
  });
});

test("a taken SMTP port is named with its variable", async (t) => {
  const smtpPort = await occupyPort(t);
  await assert.rejects(startSimulators({ port: 0, smtpPort, databaseFile: ":memory:" }), {
    code: "port_in_use",
    message: /SIM_SMTP_PORT/,
  });
});

test("records that cannot be opened are named with what to do", async (t) => {
  const folder = makeFolder(t);
  const databaseFile = join(folder, "simulators.db");
  mkdirSync(databaseFile);
  const start = startSimulators({ port: 0, smtpPort: 0, databaseFile });
  await assert.rejects(start, { code: "data_unusable", message: /simulators\.db.*SLUICE_DATA_DIR/ });
  const textFile = join(folder, "text.db");
  writeFileSync(textFile, "this is no database, ".repeat(100));
  const other = startSimulators({ port: 0, smtpPort: 0, databaseFile: textFile });
  await assert.rejects(other, { code: "data_unusable" });
});

test("records that other simulators have open are refused, and those go on", async (t) => {
  const folder = makeFolder(t);
  const { ready } = await forkCli(t, folder);
  const databaseFile = join(folder, "simulators.db");
  await assert.rejects(startSimulators({ port: 0, smtpPort: 0, databaseFile }), {
    code: "database_in_use",
    message: /simulators\.db.*SLUICE_DATA_DIR/,
  });
  assert.equal((await postService(ready.url)).status, 202);
});

test("the page and its parts are served with a policy that allows nothing from outside", async (t) => {
  const simulators = await startForTest(t);
  const page = await fetch(`${simulators.url}/`);
  assert.match(await page.text(), /<title>Sluice simulators<\/title>/);
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self'/);
  for (const path of ["/page.css", "/page.js"]) {
    const part = await fetch(`${simulators.url}${path}`);
    assert.equal(part.status, 200, path);
    await part.text();
  }
});

test("as a child it reports ready and each effect, and ends when its parent lets go", async (t) => {
  const { child, ready } = await forkCli(t, makeFolder(t));
  assert.equal(ready.kind, "ready");
  const line = once(child, "message");
  const answer = await postService(ready.url);
  assert.equal(answer.status, 202);
  await answer.text();
  assert.deepEqual(await line, [{ kind: "line", text: "network: tv service s-1 accepted" }, undefined]);
  const closed = once(child, "exit");
  child.disconnect();
  assert.deepEqual(await closed, [0, null]);
});

test("the SMTP port is taken again at the next start, and another one when it is occupied", async (t) => {
  const folder = makeFolder(t);
  const first = await forkCli(t, folder);
  const closed = once(first.child, "exit");
  first.child.kill("SIGTERM");
  assert.deepEqual(await closed, [0, null]);
  const second = await forkCli(t, folder);
  assert.equal(second.ready.smtpUrl, first.ready.smtpUrl);
  const killed = once(second.child, "exit");
  second.child.kill("SIGKILL");
  await killed;

  const occupied = await occupyPort(t);
  writeFileSync(join(folder, "simulators-smtp-port"), String(occupied));
  const third = await forkCli(t, folder);
  assert.notEqual(third.ready.smtpUrl, `smtp://127.0.0.1:${occupied}`);
  assert.ok(
    third.ready.smtpUrl.endsWith(`:${readFileSync(join(folder, "simulators-smtp-port"), "utf8").trim()}`),
  );
});

test("a kill -9 between effect and answer leaves both facts on disk", async (t) => {
  const folder = makeFolder(t);
  const first = await forkCli(t, folder);
  await fetch(`${first.ready.url}/__sim/faults`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      faults: [{ operation: "network.CreateService", kind: "timeout", afterEffect: true }],
    }),
  });
  const effectMade = once(first.child, "message");
  const lost = assert.rejects(postService(first.ready.url));
  await effectMade;
  first.child.kill("SIGKILL");
  await lost;

  const second = await forkCli(t, folder);
  const summary = await fetch(`${second.ready.url}/__sim/summary`);
  const { calls, effects } = (await summary.json()) as RecordSummary;
  assert.deepEqual(calls, { started: 1, answered: 0, unanswered: 1 });
  assert.deepEqual(effects, { total: 1, unkeyed: 0, byOperation: { "network.CreateService": 1 } });
});

test("a wrong variable and a wrong argument are one clear line and exit 1", async (t) => {
  const folder = makeFolder(t);
  const wrong = await runCli({ SIM_PORT: "http", SIM_SMTP_PORT: "70000", SLUICE_DATA_DIR: folder });
  assert.deepEqual(wrong, {
    code: 1,
    stdout: "",
    stderr:
      'sluice-simulators: [bad_setting] SIM_PORT must be a port from 0 to 65535, but is "http"; ' +
      'SIM_SMTP_PORT must be a port from 0 to 65535, but is "70000"\n',
  });
  const unknown = await runCli({ SLUICE_DATA_DIR: folder }, ["--fast"]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^sluice-simulators: \[bad_setting\] .*--fast.*see --help\n$/);
});

test("--help tells the variables and starts nothing", async () => {
  const { code, stdout } = await runCli({}, ["--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /SIM_PORT[\s\S]*SIM_SMTP_PORT[\s\S]*SLUICE_DATA_DIR/);
});
