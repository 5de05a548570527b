import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunningOrg } from "@sluice/org";
import { writeEndpoints } from "../src/cli/endpoints-file.ts";
import { gaps } from "../src/cli/gaps-command.ts";
import { gapCommands } from "../src/intake/gap-commands.ts";
import { gapRoutes } from "../src/portal/gap-routes.ts";
import { openPortal } from "../src/portal/open-portal.ts";
import type { Portal } from "../src/portal/open-portal.ts";
import { portalReads } from "../src/portal/portal-reads.ts";
import { schemasOf } from "../src/store/database.ts";
import { JournalTail } from "../src/store/journal-tail.ts";
import { openPgliteDatabase } from "../src/store/pglite-database.ts";
import { createMetrics } from "../src/telemetry/metrics.ts";
import { approveUnheard, minuteMs, newOrder, openGround, startStillOrg } from "./support/gaps.ts";
import { topic } from "./support/ledger.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-gaps-"));
const program = fileURLToPath(new URL("../src/cli/sluice.ts", import.meta.url));
const token = "test-token";
let org: RunningOrg;
let ground: Awaited<ReturnType<typeof openGround>>;
let portal: Portal;
let lost: string;
let isReady = true;

before(async () => {
  org = await startStillOrg();
  const database = {
    kind: "pglite",
    open: () => openPgliteDatabase(join(folder, "store"), schemasOf("sluice")),
  } as const;
  ground = await openGround(org, database);
  const commands = gapCommands({
    database: ground.store.database,
    topic,
    orgId: () => (isReady ? org.orgId : undefined),
    sweeper: () => ground.sweeper,
  });
  portal = await openPortal({
    host: "127.0.0.1",
    port: 0,
    version: "0.0.0",
    token,
    commandRoutes: [gapRoutes(commands)],
    reads: portalReads(ground.store, () => org.orgId, new JournalTail()),
    metrics: createMetrics().registry,
    intake: () => Promise.reject(new Error("not asked here")),
    notReady: () => [],
    refreshGauges: async () => undefined,
    onError: (error) => assert.fail(error),
  });
  writeEndpoints(folder, { portal: portal.url, pid: 1, token });
  lost = newOrder(org);
  approveUnheard(org, lost);
  org.clock.advance(4 * minuteMs);
});

after(async () => {
  await portal.close();
  await ground.store.close();
  await org.close();
  rmSync(folder, { recursive: true });
});

async function sluice(...args: readonly string[]) {
  const child = spawn(process.execPath, [program, "gaps", ...args], {
    env: { ...process.env, SLUICE_DATA_DIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, problem, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { out, problem, code };
}

test("a sweep first tells what it would admit, then admits it; the gap stays open and says why until it is due", async () => {
  const foreseen = await sluice("sweep", "--dry-run");
  assert.equal(foreseen.out, `1 orders seen; 1 outside of gaps would be admitted.\n  ${lost}-1-P\n`);
  assert.equal(foreseen.code, 0);

  const swept = await sluice("sweep", "--json");
  assert.equal(swept.code, 4);
  const report = JSON.parse(swept.out) as { admitted: number; missingGap: number };
  assert.deepEqual([report.admitted, report.missingGap], [1, 1]);
  assert.match((await sluice()).out, /^gap 1 {2}open {2}event_missing .* refilled 1\n/);

  const early = await sluice("check", "1");
  assert.equal(early.code, 4);
  assert.match(early.out, /^Gap 1 stays open\.\n/);
  assert.match(early.out, /open +events of the window may still come: .* can be closed from .* on\n/);
  assert.match((await sluice("1")).out, /^Gap 1: open\n {2}cause +event_missing\n/);

  org.clock.advance(16 * minuteMs);
  const closed = await sluice("check", "1", "--json");
  assert.equal(closed.code, 0);
  const { check } = JSON.parse(closed.out) as { check: { outcome: string; by: string; seen: number } };
  assert.deepEqual([check.outcome, check.by, check.seen], ["closed", "command", 1]);
});

const refusals: readonly (readonly [args: readonly string[], refusal: object])[] = [
  [["99"], { code: "gap_unknown", message: /^\[gap_unknown\] there is no gap 99/ }],
  [["check", "1"], { code: "gap_closed", message: /^\[gap_closed\] gap 1 was closed by a check already/ }],
  [["check"], { name: "UsageError", message: /which gap\?/ }],
  [["nonsense"], { name: "UsageError", message: /nonsense is no gap's number/ }],
  [["check", "1", "2"], { name: "UsageError", message: /does not know what to do with check 1 2/ }],
  [["--dry-run"], { name: "UsageError", message: /--dry-run belongs to/ }],
];

for (const [args, refusal] of refusals) {
  test(`sluice gaps ${args.join(" ")} is refused`, async () => {
    process.env["SLUICE_DATA_DIR"] = folder;
    await assert.rejects(gaps.run(args), refusal);
  });
}

test("explains itself", async () => {
  const help = await sluice("--help");
  assert.match(help.out, /^Usage: sluice gaps .*Exit codes: 0 done; /s);
  assert.equal(help.code, 0);
});

test("acts for nobody without the token, and for nobody before Salesforce has answered", async () => {
  const post = (path: string, headers: Record<string, string>) =>
    fetch(`${portal.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });
  assert.equal((await post("/api/sweep", {})).status, 401);
  assert.equal((await post("/api/gaps/1/check", {})).status, 401);
  isReady = false;
  const answer = await post("/api/gaps/1/check", { authorization: `Bearer ${token}` });
  isReady = true;
  assert.equal(answer.status, 409);
  assert.equal(((await answer.json()) as { code: string }).code, "not_ready");
});
