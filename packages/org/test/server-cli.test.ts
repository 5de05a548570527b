import assert from "node:assert/strict";
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { SignJWT, importPKCS8 } from "jose";
import { z } from "zod";
import { temporaryFolder } from "./server-harness.ts";

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
const readyMessage = z.object({
  kind: z.literal("ready"),
  url: z.string(),
  pubsubEndpoint: z.string(),
  caFile: z.string(),
  orgId: z.string(),
  privateKeyFile: z.string(),
});

async function run(context: TestContext, env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = fork(cli, [], {
    env: {
      ...process.env,
      SLUICE_DATA_DIR: await temporaryFolder(context),
      ORG_PORT: "0",
      ORG_GRPC_PORT: "0",
      ...env,
    },
    silent: true,
  });
  context.after(() => child.kill("SIGKILL"));
  return child;
}

async function waitUntilReady(child: ChildProcess): Promise<z.infer<typeof readyMessage>> {
  const [message] = (await once(child, "message")) as [unknown];
  return readyMessage.parse(message);
}

test("as a child it tells where it is, with a key for JWT bearer, and ends when the parent lets go", async (context) => {
  const child = await run(context, {});
  const ready = await waitUntilReady(child);
  assert.equal(ready.orgId, "00D000000000001EAA");
  assert.match(ready.pubsubEndpoint, /^localhost:\d+$/);
  assert.equal(statSync(ready.privateKeyFile).mode & 0o777, 0o600);

  const key = await importPKCS8(readFileSync(ready.privateKeyFile, "utf8"), "RS256");
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer("sluice-demo")
    .setSubject("operator@sluice.test")
    .setAudience(ready.url)
    .setExpirationTime("3m")
    .sign(key);
  const answer = await fetch(`${ready.url}/services/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }),
  });
  assert.equal(answer.status, 200);

  child.disconnect();
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("SIGTERM ends it cleanly", async (context) => {
  const child = await run(context, {});
  await waitUntilReady(child);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("a taken port is one line on stderr and exit code 1", async (context) => {
  const blocker = createServer();
  await new Promise<void>((resolve) => {
    blocker.listen(0, "127.0.0.1", resolve);
  });
  context.after(() => blocker.close());
  const { port } = blocker.address() as AddressInfo;
  const child = await run(context, { ORG_PORT: String(port) });
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 1);
  assert.equal(
    text,
    `sluice-org: port ${port} on 127.0.0.1 is in use: stop the program that listens there, or set ORG_PORT to a free port\n`,
  );
});

test("a data folder that is a file is one line on stderr and exit code 1", async (context) => {
  const child = await run(context, { SLUICE_DATA_DIR: cli });
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 1);
  assert.match(
    text,
    /^sluice-org: the data folder \S+cli\.ts cannot be used .*: set SLUICE_DATA_DIR to a folder .*\n$/,
  );
});
