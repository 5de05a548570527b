import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkNames, runChecks } from "../src/run-checks.ts";
import { ProjectError } from "../src/sfdx-project.ts";
import { copyMetadata, salesforceDir } from "./metadata-copy.ts";

const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

function runCli(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: root,
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}

test("the project's own metadata has no finding, and every check saw something", async () => {
  const reports = await runChecks({ folders: [salesforceDir], only: checkNames, nowMs: () => 0 });
  assert.deepEqual(
    reports.map(({ check }) => check),
    ["well-formed", "types", "org", "cross", "flows", "conversion", "apex", "project"],
  );
  for (const { check, findings, seen } of reports) {
    assert.deepEqual(findings, [], check);
    assert.ok((Object.values(seen)[0] ?? 0) > 0, `${check} looked at nothing`);
  }
  const flows = reports.find(({ check }) => check === "flows");
  assert.equal(flows?.seen["flows"], 4);
  assert.ok((flows?.seen["rules"] ?? 0) >= 23, "rules of the scanner are missing");
});

test("an allowance with a reason takes a finding of the scanner", async (t) => {
  const copy = copyMetadata(t);
  const flow = "core/main/default/flows/Order_Before_Save_Prepare_Approval.flow-meta.xml";
  copy.edit(flow, "<description>The number of this approval; the first is 1.</description>", "");
  const before = await runChecks({ folders: [copy.dir], only: ["flows"], nowMs: () => 0 });
  assert.match(before[0]?.findings[0]?.message ?? "", /^MissingMetadataDescription: /);
  copy.add(
    "config/metadata-checks.json",
    JSON.stringify({
      flowScanner: [
        {
          rule: "MissingMetadataDescription",
          flow: "Order_Before_Save_Prepare_Approval",
          reason: "its name says it",
        },
      ],
    }),
  );
  const after = await runChecks({ folders: [copy.dir], only: ["flows"], nowMs: () => 0 });
  assert.deepEqual(after[0]?.findings, []);
});

test("one run finds several errors, in several files", async (t) => {
  const copy = copyMetadata(t);
  const flows = "core/main/default/flows";
  for (const name of ["Order_After_Save_Publish_Provision", "Order_After_Save_Publish_Cancel"]) {
    copy.edit(`${flows}/${name}.flow-meta.xml`, "$Record.TotalAmount", "$Record.Totals");
  }
  const [report] = await runChecks({ folders: [copy.dir], only: ["org"], nowMs: () => 0 });
  assert.deepEqual(
    report?.findings.map(({ message }) => /no field "(\w+)"/.exec(message)?.[1]),
    ["Totals", "Totals"],
  );
});

test("a package directory is checked in its project", async () => {
  const [report] = await runChecks({
    folders: [join(salesforceDir, "core")],
    only: ["conversion"],
    nowMs: () => 0,
  });
  assert.deepEqual(report?.findings, []);
});

test("a folder in no project, and one that is missing, cannot be checked", async (t) => {
  const copy = copyMetadata(t);
  copy.remove("sfdx-project.json");
  const options = { only: checkNames, nowMs: () => 0 };
  await assert.rejects(runChecks({ ...options, folders: [copy.dir] }), {
    name: "ProjectError",
    message: /is in no SFDX project/,
  });
  await assert.rejects(runChecks({ ...options, folders: [join(salesforceDir, "nowhere")] }), ProjectError);
});

test("the command prints a line a check and ends with 0", () => {
  const { code, out, err } = runCli("--only", "well-formed", "--only", "project", "salesforce");
  assert.equal(err, "");
  assert.equal(code, 0);
  assert.match(
    out,
    /^ok {3}well-formed: .+ \(\d+ files, 0 findings, \d+ ms\)\nok {3}project: .+\n0 findings in 2 checks\n$/,
  );
});

test("the command ends with 1 for a finding, and tells file, line and element", (t) => {
  const copy = copyMetadata(t);
  const field = "core/main/default/objects/Order/fields/Provisioning_Step__c.field-meta.xml";
  copy.edit(field, "<length>80</length>", "<length>eighty</length>");
  const text = runCli("--only", "types", copy.dir);
  assert.equal(text.code, 1);
  assert.ok(
    text.out.includes(`     ${join(copy.dir, field)}:8 CustomField/length: <length> takes a number`),
    text.out,
  );
  const json = runCli("--json", "--only", "types", copy.dir);
  assert.equal(json.code, 1);
  const reports: unknown = JSON.parse(json.out);
  assert.ok(Array.isArray(reports) && reports.length === 1);
});

test("the command ends with 2 when it cannot run, and explains itself on request", () => {
  const unknown = runCli("--only", "spelling");
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /there is no check "spelling"; there are well-formed, types/);
  const help = runCli("--help");
  assert.equal(help.code, 0);
  assert.match(help.out, /^Usage: /);
});
