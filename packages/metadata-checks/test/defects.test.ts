import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runChecks } from "../src/run-checks.ts";
import { defects } from "./defects.ts";
import { copyMetadata } from "./metadata-copy.ts";

for (const { what, check, file, plant, element, message } of defects) {
  test(`the check "${check}" finds ${what}, and names file and element`, async (t) => {
    const copy = copyMetadata(t);
    plant(copy, file);
    const [report] = await runChecks({ folders: [copy.dir], only: [check], nowMs: () => 0 });
    const found = report?.findings.find(
      (finding) => finding.file === join(copy.dir, file) && message.test(finding.message),
    );
    assert.ok(found !== undefined, JSON.stringify(report?.findings, null, 2));
    assert.match(found.element, element);
  });
}
