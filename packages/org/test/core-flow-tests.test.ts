import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { runFlowTests } from "../src/flow-test/run-flow-tests.ts";
import type { FlowTestResult } from "../src/flow-test/run-flow-tests.ts";
import { MetadataError } from "../src/metadata/metadata-error.ts";
import { copyMetadata, flows, metadataDirs, publishFlow, startMs } from "./core-harness.ts";
import type { MetadataCopy } from "./core-harness.ts";
import { approvedOrder, expectation, flowTestXml, sample, sampleOrder } from "./flow-test-xml.ts";
import type { FlowTestParts } from "./flow-test-xml.ts";

/** How many flow tests the project's own metadata has at least; raise it when tests are added there. */
const leastProjectTests = 10;
const leastFixtureTests = 4;

const fixtures = fileURLToPath(new URL("fixtures/flowtests", import.meta.url));
const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

test("every flow test of the project's metadata passes in the org, and so do the fixtures", () => {
  const results = runFlowTests({ metadataDirs: [...metadataDirs, fixtures] });
  const failures = results.flatMap(({ name, failures }) => failures.map((text) => `${name}: ${text}`));
  assert.deepEqual(failures, []);
  const ofFixtures = results.filter(({ name }) => name.startsWith("Fixture_"));
  assert.ok(ofFixtures.length >= leastFixtureTests, `${ofFixtures.length} fixtures`);
  assert.ok(results.length - ofFixtures.length >= leastProjectTests, "the project's own tests");
});

function copyWithoutTests(t: TestContext): MetadataCopy {
  const metadata = copyMetadata(t);
  for (const dir of metadata.dirs) {
    for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".flowtest-meta.xml")) rmSync(join(dir, name));
    }
  }
  return metadata;
}

/** Runs one test beside the project's metadata, in which `from` is replaced by `to`. */
function run(
  t: TestContext,
  parts: FlowTestParts,
  change?: readonly [from: string, to: string],
): FlowTestResult {
  const metadata = copyWithoutTests(t);
  metadata.add(`${flows}/Probe.flowtest-meta.xml`, flowTestXml(parts));
  if (change !== undefined) metadata.edit(publishFlow, ...change);
  const results = runFlowTests({ metadataDirs: metadata.dirs, clock: () => startMs });
  const result = results.find(({ name }) => name === "Probe");
  assert.ok(result !== undefined);
  return result;
}

const text = (value: string): string => `<stringValue>${value}</stringValue>`;
const yes = "<booleanValue>true</booleanValue>";
const no = "<booleanValue>false</booleanValue>";

const failing: readonly (readonly [what: string, parts: FlowTestParts, failure: RegExp])[] = [
  [
    "a field that holds something else",
    { finish: expectation("$Record.Status", "EqualTo", text("Draft"), "Still a draft?") },
    /^Still a draft\? \(\$Record\.Status EqualTo "Draft": it is "Approved"\)$/,
  ],
  [
    "a field that holds nothing",
    { finish: expectation("$Record.PoNumber", "IsNull", no) },
    /^Wrong\. \(\$Record\.PoNumber IsNull false: it is null\)$/,
  ],
  [
    "a formula of the flow",
    { finish: expectation("RequestKey", "EqualTo", text("x")) },
    /^Wrong\. \(RequestKey EqualTo "x": it is "801\w{15}-1-P"\)$/,
  ],
  [
    "an element that did not run",
    { finish: expectation("Refuse_Approval", "WasVisited", yes) },
    /^Wrong\. \(Refuse_Approval WasVisited true: it is false\)$/,
  ],
  [
    "an element that ran, written as a comparison",
    { finish: expectation("Publish_Provision_Request", "NotEqualTo", yes) },
    /it is true\)$/,
  ],
  [
    "an element that did not fail",
    { finish: expectation("Publish_Provision_Request", "HasError", "") },
    /HasError true: it is false\)$/,
  ],
  [
    "an initial record that the org refuses",
    {
      initial: sample("Initial", { Status: "Draft" }),
      finish: expectation("RequestKey", "IsNull", no),
    },
    /^The initial record is refused: REQUIRED_FIELD_MISSING: .*EffectiveDate/,
  ],
  [
    "an update that the org refuses",
    {
      updated: sample("Updated", { ...sampleOrder, Status: "Activated" }),
      finish: expectation("Refuse_Approval", "WasVisited", no),
    },
    /^The save is refused: FAILED_ACTIVATION: /,
  ],
];

for (const [what, parts, failure] of failing) {
  test(`a flow test fails for ${what}, with its message and the value`, (t) => {
    const { isPassed, failures } = run(t, parts);
    assert.equal(isPassed, false);
    assert.equal(failures.length, 1);
    assert.match(failures[0] ?? "", failure);
  });
}

test("a flow test of a flow that is not active fails", (t) => {
  const finish = expectation("$Record.Status", "EqualTo", text("Approved"));
  const { failures } = run(t, { finish }, ["<status>Active</status>", "<status>Draft</status>"]);
  assert.deepEqual(failures, [
    "The flow Order_After_Save_Publish_Provision is not active, so it does not run.",
  ]);
});

test("a flow test sees the fault, the custom error and the record that was meant when the flow refuses", (t) => {
  const finish = [
    expectation("Publish_Provision_Request", "HasError", ""),
    expectation("Refuse_Approval", "WasVisited", ""),
    expectation("$Flow.FaultMessage", "Contains", text("data value too large")),
    expectation("$Record.Status", "EqualTo", text("Approved")),
  ].join("");
  const tooLong = `"${"x".repeat(300)}"`;
  const result = run(t, { finish }, ["<expression>", `<expression>${tooLong} &amp; `]);
  assert.deepEqual(result.failures, []);
});

test("a flow test reads the text of a custom error that no fault led to", (t) => {
  const finish = expectation("$Flow.FaultMessage", "StartsWith", text("The order could not be handed"));
  const toRefusal = "<targetReference>Refuse_Approval</targetReference>\n        </connector>";
  const result = run(t, { finish }, [
    "<targetReference>Publish_Provision_Request</targetReference>\n        </connector>",
    toRefusal,
  ]);
  assert.deepEqual(result.failures, []);
});

test("a flow test without an update is about a creation", (t) => {
  const { failures } = run(
    t,
    {
      flow: "Order_After_Save_Publish_Provision",
      initial: sample("Initial", approvedOrder),
      updated: "",
      finish: expectation("Publish_Provision_Request", "WasVisited", ""),
    },
    ["<recordTriggerType>Update<", "<recordTriggerType>Create<"],
  );
  assert.deepEqual(failures, []);
});

const ok = expectation("RequestKey", "IsNull", no);

for (const [what, parts, code, message] of [
  ["an unknown flow", { flow: "Nope", finish: ok }, "unknown_reference", /There is no flow Nope to test/],
  ["no assertion", { finish: "" }, "missing_element", /The test asserts nothing/],
  [
    "a missing initial record",
    { initial: "", finish: ok },
    "missing_element",
    /InputTriggeringRecordInitial/,
  ],
  ["a missing update", { updated: "", finish: ok }, "missing_element", /InputTriggeringRecordUpdated too/],
  ["JSON that is none", { initial: sample("Initial", "{"), finish: ok }, "bad_value", /a JSON object/],
  [
    "a field that the object does not have",
    { initial: sample("Initial", { Colour: 1 }), finish: ok },
    "unknown_reference",
    /Order has no field "Colour"/,
  ],
  [
    "an assertion about nothing in the flow",
    { finish: expectation("Nope", "IsNull", no) },
    "unknown_reference",
    /nothing called "Nope"/,
  ],
  [
    "WasVisited of what is no element",
    { finish: expectation("RequestKey", "WasVisited", yes) },
    "unknown_reference",
    /takes an element of the flow, and "RequestKey" is none/,
  ],
  [
    "an operator that this org does not run",
    { finish: expectation("RequestKey", "IsToday", yes) },
    "bad_value",
    /holds "IsToday"/,
  ],
  [
    "a comparison with another type",
    { finish: expectation("$Record.TotalAmount", "EqualTo", text("1")) },
    "bad_value",
    /takes number, and gets text/,
  ],
  [
    "a mock of an element",
    { finish: `${ok}<isUseMockOutput>true</isUseMockOutput>` },
    "unknown_element",
    /This org does not run <isUseMockOutput>/,
  ],
] as const) {
  test(`refuses a flow test with ${what}`, (t) => {
    assert.throws(
      () => run(t, parts),
      (error) => {
        assert.ok(error instanceof MetadataError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.match(error.file, /Probe\.flowtest-meta\.xml$/);
        return true;
      },
    );
  });
}

function runCli(...args: readonly string[]) {
  return spawnSync(process.execPath, [cli, "test", ...args], { encoding: "utf8" });
}

test("the command prints one line a test and exits 0 when all pass, 1 when one fails or there is none", (t) => {
  const dirs = [...metadataDirs, fixtures].flatMap((dir) => ["--metadata", dir]);
  const passed = runCli(...dirs);
  assert.equal(passed.status, 0, passed.stderr);
  assert.match(passed.stdout, /^passed {2}Fixture_Approval_Counts \(Order_Before_Save_Prepare_Approval\)$/m);
  assert.match(passed.stdout, /^\d+ flow tests, 0 failed\n$/m);

  const metadata = copyWithoutTests(t);
  const none = runCli("--metadata", metadata.dirs[0] ?? "", "--metadata", metadata.dirs[1] ?? "");
  assert.equal(none.status, 1);
  assert.match(none.stdout, /^There is no \*\.flowtest-meta\.xml in /);

  const finish = expectation("$Record.Status", "EqualTo", text("Draft"), "Moved.");
  metadata.add(`${flows}/Probe.flowtest-meta.xml`, flowTestXml({ finish }));
  const failed = runCli("--json", ...metadata.dirs.flatMap((dir) => ["--metadata", dir]));
  assert.equal(failed.status, 1);
  const [result] = (JSON.parse(failed.stdout) as FlowTestResult[]).filter(({ name }) => name === "Probe");
  assert.equal(result?.isPassed, false);
  assert.deepEqual(result.failures, ['Moved. ($Record.Status EqualTo "Draft": it is "Approved")']);

  const wrong = runCli("--metadatas", "x");
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /sluice-org test takes --metadata <path> and --json/);
});
