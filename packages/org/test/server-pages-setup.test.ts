import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openOrgCore } from "../src/open-org-core.ts";
import { formatName } from "../src/pages/format.ts";
import { graphOf } from "../src/pages/flow-graph.ts";
import { layOutFlow } from "../src/pages/flow-layout.ts";
import { drawFlow } from "../src/pages/flow-svg.ts";
import {
  copyMetadata,
  flows,
  metadataDirs,
  openTestOrg,
  prepareFlow,
  salesforceDir,
  seedFiles,
} from "./core-harness.ts";
import { branchingFlow } from "./server-pages-flow.ts";
import { visit } from "./server-pages-visitor.ts";

function visitProject(context: TestContext, dirs: readonly string[] = metadataDirs) {
  return visit(context, (now) =>
    openOrgCore({
      metadataDirs: dirs,
      databaseFile: ":memory:",
      seedFiles: seedFiles("10-", "20-", "f01"),
      clock: now,
      random: () => 0.5,
    }),
  );
}

function openWithBranches(t: TestContext) {
  const metadata = copyMetadata(t);
  metadata.add(`${flows}/Order_After_Save_Route_By_Size.flow-meta.xml`, branchingFlow);
  return openTestOrg(t, { metadataDirs: metadata.dirs });
}

function countOf(markup: string, pattern: RegExp): number {
  return markup.match(pattern)?.length ?? 0;
}

test("a flow is drawn with each of its nodes, connectors and ends", (t) => {
  const { core } = openWithBranches(t);
  assert.ok(core.metadata.flows.length >= 4);
  for (const flow of core.metadata.flows) {
    const { markup } = drawFlow(flow);
    const xml = readFileSync(flow.place.file, "utf8");
    const ends = countOf(markup, /<g class="end"/g);
    assert.equal(countOf(markup, /<g class="node /g), flow.nodes.size + 1, flow.name);
    // Every end is drawn with the one connector that leads to it.
    assert.equal(
      countOf(markup, /<g class="connector /g) - ends,
      countOf(xml, /<targetReference>/g),
      flow.name,
    );
    assert.equal(
      countOf(markup, /<g class="connector fault"/g),
      countOf(xml, /<faultConnector>/g),
      flow.name,
    );
    for (const name of flow.nodes.keys()) assert.ok(markup.includes(formatName(name).slice(0, 20)), name);
    if (flow.name === "Order_After_Save_Route_By_Size") assert.equal(ends, 2);
  }
});

test("no two things stand in one place, and nodes stand below what leads to them", (t) => {
  const { core } = openWithBranches(t);
  for (const flow of core.metadata.flows) {
    const { vertices, edges, columns } = layOutFlow(graphOf(flow));
    for (const [index, one] of vertices.entries()) {
      assert.ok(one.column >= 0 && one.column <= columns);
      for (const other of vertices.slice(index + 1)) {
        const isApart = one.row !== other.row || Math.abs(one.column - other.column) >= 0.6;
        assert.ok(isApart, `${flow.name}: ${one.vertex?.name ?? "end"} and ${other.vertex?.name ?? "end"}`);
      }
    }
    for (const { from, to } of edges) assert.ok(from.row < to.row, flow.name);
  }
});

test("a way back up is drawn, and ends the counting of rows", () => {
  const edge = (target: string) => ({ label: null, target, isFault: false });
  const { vertices, edges } = layOutFlow([
    { name: "$start", edges: [edge("A")] },
    { name: "A", edges: [edge("B")] },
    { name: "B", edges: [edge("A")] },
    { name: "Alone", edges: [] },
  ]);
  assert.deepEqual(
    vertices.map(({ vertex, row }) => [vertex?.name, row]),
    [
      ["$start", 0],
      ["A", 1],
      ["B", 2],
      ["Alone", 1],
    ],
  );
  assert.equal(edges.length, 3);
});

test("the setup tells of flows, events, objects, rules and permission sets, with files from the project on", async (context) => {
  const { core, read } = await visitProject(context);
  const page = await read("/setup");
  for (const text of [
    "After the save, when an Order is updated and now meets, and did not before: Status is “Approved”.",
    "on a fault: Refuse Approval",
    "with the commit of the save that published it",
    core.bus.topics()[0]?.schemaId ?? "?",
    "Data:DateTime",
    "How often this Order was approved",
    "Provisioning_Version_Never_Falls",
    "A newer provisioning status is already on this order.",
    "Sluice_Operator",
    "salesforce/core/main/default/flows/Order_Before_Save_Prepare_Approval.flow-meta.xml",
  ]) {
    assert.ok(page.includes(text), text);
  }
  for (const object of core.schema.objects.values()) {
    for (const field of object.fields.keys()) assert.ok(page.includes(`<code>${field}</code>`), field);
  }
  assert.ok(!page.includes(salesforceDir));
});

test("permission sets are assigned and taken back in the setup", async (context) => {
  const { core, read, post } = await visitProject(context);
  const set = [...core.all("PermissionSet")].find((record) => record["Name"] === "Sluice_Integration");
  const holders = (): readonly unknown[] =>
    [...core.all("PermissionSetAssignment")]
      .filter((record) => record["PermissionSetId"] === set?.["Id"])
      .map((record) => record["AssigneeId"]);
  const form = { user: "005Hs0000000002IAA", set: String(set?.["Id"]) };
  for (const _again of [1, 2]) {
    assert.equal((await post("/setup/assign", form)).headers.get("location"), "/setup#permissions");
    assert.deepEqual(holders(), ["005Hs0000000001IAA", "005Hs0000000002IAA"]);
  }
  const assignment = [...core.all("PermissionSetAssignment")].at(-1)?.["Id"];
  assert.ok((await read("/setup")).includes(`value="${String(assignment)}"`));
  await post("/setup/unassign", { assignment: String(assignment) });
  assert.deepEqual(holders(), ["005Hs0000000001IAA"]);
});

test("reload takes up a change of the metadata, and shows why it does not", async (context) => {
  const metadata = copyMetadata(context);
  const { core, read, post } = await visitProject(context, metadata.dirs);
  metadata.edit(prepareFlow, "<triggerOrder>100", "<triggerOrder>77");
  const reloaded = await post("/setup/reload");
  assert.equal(reloaded.headers.get("location"), "/setup?reloaded=1");
  assert.match(await read("/setup?reloaded=1"), /The metadata was read again and is in use\./);
  assert.ok(core.metadata.flows.some(({ triggerOrder }) => triggerOrder === 77));
  metadata.edit(prepareFlow, "<triggerOrder>77", "<triggerOrder>zero");
  const refused = await post("/setup/reload");
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /The metadata was refused[\s\S]*\[bad_value\][\s\S]*Flow\/triggerOrder/);
  assert.ok(core.metadata.flows.some(({ triggerOrder }) => triggerOrder === 77));
});
