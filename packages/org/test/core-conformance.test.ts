import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import avsc from "avsc";
import { MetadataError } from "../src/metadata/metadata-error.ts";
import { OrgError } from "../src/org-core.ts";
import type { OrgCore, OrgRecord } from "../src/org-core.ts";
import { getOrder, openTestOrg, operator, orderId, seedFiles, tempDir } from "./core-harness.ts";
import { baseFiles } from "./conformance/base-metadata.ts";
import { entryVectors } from "./conformance/vectors-entry.ts";
import { eventVectors } from "./conformance/vectors-events.ts";
import { faultVectors } from "./conformance/vectors-faults.ts";
import { loadVectors } from "./conformance/vectors-load.ts";
import { nodeVectors } from "./conformance/vectors-nodes.ts";
import { orderVectors } from "./conformance/vectors-orders.ts";
import type { RefusedMetadata, Step, Vector } from "./conformance/vector.ts";

const catalogue = fileURLToPath(new URL("conformance/catalogue-seed.json", import.meta.url));
const seeds = [...seedFiles("10-"), catalogue, ...seedFiles("f01")];
const baseDir = mkdtempSync(join(tmpdir(), "sluice-org-conformance-"));
writeFiles(baseDir, baseFiles);
after(() => {
  rmSync(baseDir, { recursive: true, force: true });
});

const vectors: readonly Vector[] = [
  ...entryVectors,
  ...orderVectors,
  ...nodeVectors,
  ...faultVectors,
  ...eventVectors,
  ...loadVectors,
];

for (const vector of vectors) {
  test(vector.cites, (t) => {
    const dir = tempDir(t);
    const flows = Object.entries(vector.flows ?? {});
    writeFiles(dir, {
      ...Object.fromEntries(flows.map(([name, text]) => [`flows/${name}.flow-meta.xml`, text])),
      ...vector.files,
    });
    if (vector.refused === undefined) run(t, dir, vector);
    else expectRefusal(t, dir, vector.refused);
  });
}

test("every vector cites a rule of its own", () => {
  const cites = vectors.map((vector) => vector.cites);
  assert.deepEqual(cites.toSorted(), [...new Set(cites)].toSorted());
  assert.ok(vectors.length >= 80, `${vectors.length} vectors`);
  assert.ok(cites.every((cite) => /^(?:B\.[123]|C\.[1-8]|D\.2): \S/.test(cite)));
});

function writeFiles(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
}

function expectRefusal(t: TestContext, dir: string, { code, message, element }: RefusedMetadata): void {
  assert.throws(
    () => openTestOrg(t, { metadataDirs: [baseDir, dir], seedFiles: seeds }),
    (error) => {
      assert.ok(error instanceof MetadataError, String(error));
      assert.match(error.message, message);
      assert.equal(error.code, code);
      assert.ok(error.file.startsWith(dir), "the file is named");
      if (element !== undefined) assert.equal(error.element, element);
      return true;
    },
  );
}

function run(t: TestContext, dir: string, { steps, warned }: Vector): void {
  const org = openTestOrg(t, { metadataDirs: [baseDir, dir], seedFiles: seeds });
  assert.ok(steps !== undefined || warned !== undefined, "the vector shows nothing");
  if (warned !== undefined) assert.match(org.warnings.join("\n"), warned);
  else assert.deepEqual(org.warnings, []);
  let id = orderId;
  for (const step of steps ?? []) {
    if ("waitMs" in step) org.time.nowMs += step.waitMs;
    else if ("create" in step) id = createOrder(org.core, step.create);
    else take(org.core, id, step);
  }
}

function take(
  core: OrgCore,
  id: string,
  step: Exclude<Step, { create: unknown } | { waitMs: unknown }>,
): void {
  if ("update" in step) core.update(operator, "Order", id, step.update);
  else if ("refuse" in step) {
    assert.throws(
      () => {
        if (step.isNew === true) createOrder(core, step.refuse);
        else core.update(operator, "Order", id, step.refuse);
      },
      (error) => {
        assert.ok(error instanceof OrgError, String(error));
        assert.equal(error.code, step.code);
        assert.match(error.message, step.message ?? /./);
        return true;
      },
    );
  } else if ("order" in step) assert.deepEqual(pick(getOrder(core, id), step.order), step.order);
  else if ("count" in step) assert.equal([...core.all(step.of)].length, step.count);
  else {
    const published = eventsOf(core, step.of ?? "Probe__e");
    const shown = published.map((event, index) => pick(event, step.events[index] ?? {}));
    assert.deepEqual(shown, step.events);
  }
}

function createOrder(core: OrgCore, values: OrgRecord): string {
  return core.create(operator, "Order", { EffectiveDate: "2026-12-01", ...values });
}

function pick(record: OrgRecord, like: OrgRecord): OrgRecord {
  return Object.fromEntries(Object.keys(like).map((name) => [name, record[name] ?? null]));
}

function eventsOf(core: OrgCore, name: string): readonly OrgRecord[] {
  return core.bus.read(`/event/${name}`, -1, 100).map((event) => {
    const schema: unknown = JSON.parse(core.bus.schemaJson(event.schemaId) ?? "");
    const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: "never" });
    return { ...type.fromBuffer(Buffer.from(event.payload)) } as OrgRecord;
  });
}
