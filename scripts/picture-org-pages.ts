/**
 * Takes a picture of every page of the org at desktop and phone width, into the folder given as argument; names of
 * pages after it take those only. The org
 * lives in memory: the project's metadata with one branching flow more, some history, a subscriber that reads and one
 * that ran out of credit, two armed faults, and a clock that was moved.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "../packages/bff/test/system/support/browser.ts";
import { openOrgCore } from "../packages/org/src/open-org-core.ts";
import { openStage } from "../packages/org/src/org-stage.ts";
import { serveOrg } from "../packages/org/src/serve-org.ts";
import type { RunningOrg } from "../packages/org/src/serve-org.ts";
import { fetchToken } from "../packages/org/test/server-harness.ts";
import { branchingFlow } from "../packages/org/test/server-pages-flow.ts";
import { callHeaders, openRawClient, openStream } from "../packages/org/test/server-pubsub-client.ts";

/** A type of the browser library, which only the service package depends on. */
type Context = Awaited<ReturnType<typeof openBrowser>>["context"];

const root = fileURLToPath(new URL("..", import.meta.url));
const operator = { userId: "005Hs0000000001IAA" };
const topic = "/event/OrderProvisionRequested__e";
const sizes = [
  ["desktop", { width: 1280, height: 800 }],
  ["phone", { width: 390, height: 844 }],
] as const;

const [folder, ...only] = process.argv.slice(2);
if (folder === undefined)
  throw new Error("Name the folder for the pictures: node scripts/picture-org-pages.ts <folder>");
await mkdir(folder, { recursive: true });

const ground = await mkdtemp(join(tmpdir(), "sluice-org-pictures-"));
try {
  await takePictures(folder, ground);
} finally {
  await rm(ground, { recursive: true, force: true });
}

async function takePictures(into: string, dataDir: string): Promise<void> {
  const metadata = join(dataDir, "salesforce");
  await cp(join(root, "salesforce"), metadata, { recursive: true });
  const flows = join(metadata, "core/main/default/flows");
  await writeFile(join(flows, "Order_After_Save_Route_By_Size.flow-meta.xml"), branchingFlow);
  const stage = openStage();
  const seed = join(root, "packages/org/seed");
  const core = openOrgCore({
    metadataDirs: [join(metadata, "core"), join(metadata, "demo")],
    databaseFile: ":memory:",
    seedFiles: readdirSync(seed)
      .toSorted()
      .map((name) => join(seed, name)),
    clock: () => stage.clock.now(),
    random: () => 0.5,
  });
  const org = await serveOrg(core, { dataDir, stage, port: 0, grpcPort: 0 });
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  try {
    const orderId = makeHistory(org);
    const token = await fetchToken(org.url);
    for (const [count, trace] of [
      [50, "billing-7f3a"],
      [5, "stuck-handler"],
    ] as const) {
      const stream = openStream(client, callHeaders(token, { "x-client-trace-id": trace }));
      stream.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: count });
      await stream.next();
    }
    await using browser = await openBrowser();
    await signIn(browser.context, org.url);
    await visitAll(browser.context, org, orderId, into);
  } finally {
    client.close();
    await org.close();
  }
}

/** Approves and answers some orders; returns the one to look at closely. */
function makeHistory({ core, clock, faults }: RunningOrg): string {
  const ids = [...core.all("Order")].map((order) => String(order["Id"]));
  for (const id of ids.slice(0, 7)) core.update(operator, "Order", id, { Status: "Approved" });
  const progress = [
    ["Completed", 3, "Done"],
    ["In Progress", 2, "Activate the line"],
    ["Failed", 4, "Charge the customer"],
    ["Held", 2, "Wait for a person"],
  ] as const;
  for (const [index, [status, version, step]] of progress.entries()) {
    const id = ids[index];
    if (id === undefined) continue;
    core.update(operator, "Order", id, {
      Provisioning_Status__c: status,
      Provisioning_Version__c: version,
      Provisioning_Step__c: step,
      ...(status === "Failed"
        ? {
            Provisioning_Error_Code__c: "payment_missing",
            Provisioning_Error_Message__c: "The customer has no way to pay.",
          }
        : {}),
    });
  }
  const cancelled = ids[6];
  if (cancelled !== undefined) core.update(operator, "Order", cancelled, { Status: "Cancelled" });
  faults.arm({
    kind: "row_locked",
    schedule: { kind: "rate", rate: 0.2, seed: 7 },
    match: { object: "Order" },
    options: {},
  });
  faults.arm({
    kind: "event_delay",
    schedule: { kind: "times", times: 3 },
    match: {},
    options: { delayMs: 5_000 },
  });
  faults.take("event_delay", { topic });
  clock.advance(3_600_000);
  return ids[1] ?? "";
}

async function signIn(context: Context, url: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await page.click("button.primary");
  await page.waitForURL(`${url}/`);
  await page.close();
}

async function visitAll(context: Context, { url }: RunningOrg, orderId: string, into: string): Promise<void> {
  const pages: readonly (readonly [name: string, path: string, act?: string])[] = [
    ["orders", "/"],
    ["orders-search", "/?q=jansen&status=Approved"],
    ["order", `/orders/${orderId}`],
    ["edit", `/records/Order/${orderId}/edit`],
    ["edit-refused", `/records/Order/${orderId}/edit`, "refuse"],
    ["records", "/records/Product2"],
    ["record", "/records/Account/001Hs0000000001IAA"],
    ["events", "/events"],
    ["events-open", "/events", "open"],
    ["publish", "/events/publish"],
    ["faults", "/faults"],
    ["faults-open", "/faults", "open"],
    ["setup", "/setup"],
    ["not-found", "/nothing"],
  ];
  for (const [size, viewport] of sizes) {
    for (const scheme of ["light", "dark"] as const) {
      const page = await context.newPage();
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: scheme });
      page.on("console", (message) => {
        if (message.type() === "error") process.stdout.write(`  console: ${message.text()}\n`);
      });
      for (const [name, path, act] of pages) {
        if (scheme === "dark" && !["order", "events", "faults", "setup"].includes(name)) continue;
        if (only.length > 0 && !only.includes(name)) continue;
        await page.goto(url + path);
        if (act === "open") {
          await page.locator("main details > summary").first().click();
        }
        if (act === "refuse") {
          await page.fill("#field-BillingCity", "x".repeat(60));
          await page.fill("#field-PoNumber", "PO-2026-118");
          await page.click("main button.primary");
          await page.waitForSelector(".notice.red");
        }
        if (name !== "not-found") await page.waitForSelector("body.connected");
        const overflow = await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        process.stdout.write(
          `${size} ${scheme} ${name}${overflow === 0 ? "" : `: ${String(overflow)} px too wide`}\n`,
        );
        await page.screenshot({ path: join(into, `${size}-${scheme}-${name}.png`), fullPage: true });
        if (name !== "setup") continue;
        for (const [index, diagram] of (await page.locator(".diagram").all()).entries()) {
          await diagram.screenshot({ path: join(into, `${size}-${scheme}-flow-${index}.png`) });
        }
      }
      await page.close();
    }
  }
}
