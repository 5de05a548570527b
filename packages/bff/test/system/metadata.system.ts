import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openGround } from "./support/ground.ts";
import type { Ground } from "./support/ground.ts";
import { createOrders } from "./support/new-orders.ts";
import { signIn, untilAllActivated } from "./support/org-client.ts";
import { runSluice, startDev } from "./support/process-tree.ts";
import { systemPicture } from "./support/system-picture.ts";

const DEADLINE_MS = 40_000;
const topic = "/event/OrderProvisionRequested__e";
const metadataDir = fileURLToPath(new URL("../../../../salesforce", import.meta.url));
const flowFile = "core/main/default/flows/Order_After_Save_Publish_Provision.flow-meta.xml";
const counterFlowFile = "core/main/default/flows/Order_Before_Save_Prepare_Approval.flow-meta.xml";
const objectFile =
  "core/main/default/objects/OrderProvisionRequested__e/OrderProvisionRequested__e.object-meta.xml";

test("an edited entry condition of the flow decides after a restart which approvals are handed over", async () => {
  await using ground = await openGround();
  const source = await copyMetadata(ground);
  let smallBefore: string;
  {
    await using tree = await startDev(ground, source.args);
    const org = await signIn(ground.orgUrl);
    smallBefore = await createOne(ground, 12);
    await org.approve([smallBefore]);
    await untilAllActivated(org, [smallBefore], DEADLINE_MS, () => systemPicture(ground, tree));
    assert.deepEqual(await tree.stop(), { code: 0, signal: null });
  }
  await source.edit(flowFile, "<filters>\n            <field>Status</field>", (status) => {
    return `<filters>
            <field>TotalAmount</field>
            <operator>GreaterThan</operator>
            <value>
                <numberValue>20.0</numberValue>
            </value>
        </filters>
        ${status}`;
  });

  await using tree = await startDev(ground, source.args);
  const org = await signIn(ground.orgUrl);
  const small = await createOne(ground, 12);
  const big = await createOne(ground, 28);
  await org.approve([small, big]);
  await untilAllActivated(org, [big], DEADLINE_MS, () => systemPicture(ground, tree));
  // The event leaves with the save that causes it, and the small order was saved before the big one.
  const published = (await org.events(topic)).map((payload) => payload["Order_Id__c"]);
  assert.deepEqual(published, [smallBefore, big]);
  const untouched = await org.order(small);
  assert.equal(untouched.Status, "Approved");
  assert.equal(untouched.Provisioning_Status__c, "Not Requested");
});

test("an entry condition on another status value moves the moment of the hand-over", async () => {
  await using ground = await openGround();
  const source = await copyMetadata(ground);
  const approved = "<stringValue>Approved</stringValue>";
  // Both flows: what is handed over without a counter is refused.
  for (const file of [counterFlowFile, flowFile]) {
    await source.edit(file, approved, () => "<stringValue>In Review</stringValue>");
  }
  await using tree = await startDev(ground, source.args);
  const org = await signIn(ground.orgUrl);
  const approvedId = await createOne(ground, 12);
  const reviewedId = await createOne(ground, 12);
  await org.setStatus([approvedId], "Approved");
  await org.setStatus([reviewedId], "In Review");
  const published = (await org.events(topic)).map((payload) => payload["Order_Id__c"]);
  assert.deepEqual(published, [reviewedId], tree.output);
});

const breakages = [
  {
    name: "XML that is cut off",
    file: flowFile,
    text: "</Flow>",
    replacement: "",
    element: /Flow/,
  },
  {
    name: "a flow element that the org does not run",
    file: flowFile,
    text: "<status>Active</status>",
    replacement: "<status>Active</status>\n    <loops><name>Each_Line</name></loops>",
    element: /loops/,
  },
  {
    name: "a condition on a field that does not exist",
    file: flowFile,
    text: "<field>Status</field>",
    replacement: "<field>Statu</field>",
    element: /Statu\b/,
  },
  {
    name: "an operator that does not exist",
    file: flowFile,
    text: "<operator>EqualTo</operator>",
    replacement: "<operator>Equals</operator>",
    element: /operator.*Equals|Equals.*operator/,
  },
  {
    name: "a value that the event's definition does not allow",
    file: objectFile,
    text: "<publishBehavior>PublishAfterCommit</publishBehavior>",
    replacement: "<publishBehavior>PublishSometime</publishBehavior>",
    element: /publishBehavior/,
  },
] as const;

for (const { name, file, text, replacement, element } of breakages) {
  test(`${name} keeps everything from starting, and the file and the element are named`, async () => {
    await using ground = await openGround();
    const source = await copyMetadata(ground);
    await source.edit(file, text, () => replacement);
    const { code, output } = await runSluice(ground, ["dev", ...source.args]);
    assert.equal(code, 1, output);
    assert.ok(output.includes(file.split("/").at(-1) ?? file), `the file is not named:\n${output}`);
    assert.match(output, element);
    assert.doesNotMatch(output, /^\s+at /m, "a stack trace is no message");
  });
}

type MetadataCopy = {
  /** Options of `sluice dev` that make the org read the copy. */
  readonly args: readonly string[];
  /** Replaces the first place where `text` stands. */
  edit(file: string, text: string, replace: (text: string) => string): Promise<void>;
};

async function copyMetadata(ground: Ground): Promise<MetadataCopy> {
  const copy = join(ground.folder, "salesforce");
  await cp(metadataDir, copy, { recursive: true });
  return {
    args: ["--metadata", join(copy, "core"), "--metadata", join(copy, "demo")],
    async edit(file, text, replace) {
      const before = await readFile(join(copy, file), "utf8");
      assert.ok(before.includes(text), `${file} does not contain ${text} any more; correct the test`);
      await writeFile(
        join(copy, file),
        before.replace(text, () => replace(text)),
      );
    },
  };
}

async function createOne(ground: Ground, unitPrice: number): Promise<string> {
  const org = await signIn(ground.orgUrl);
  const [orderId] = await createOrders(org, { count: 1, account: "own", unitPrice });
  assert.ok(orderId !== undefined);
  return orderId;
}
