import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import avsc from "avsc";
import { openOrgCore } from "../src/open-org-core.ts";
import type { OpenOrgCoreOptions } from "../src/open-org-core.ts";
import type { Actor, OrgCore, OrgRecord } from "../src/org-core.ts";

export const salesforceDir = fileURLToPath(new URL("../../../salesforce", import.meta.url));
const seedDir = fileURLToPath(new URL("../seed", import.meta.url));

export const operator: Actor = { userId: "005Hs0000000001IAA" };
/** The order of fixture F01: one line, 12.00 in all. */
export const orderId = "801Hs0000000001IAA";
export const topic = "/event/OrderProvisionRequested__e";

/** 2026-11-23T09:00:00.000Z */
export const startMs = Date.UTC(2026, 10, 23, 9);

export function seedFiles(...prefixes: readonly string[]): readonly string[] {
  return readdirSync(seedDir)
    .toSorted()
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => join(seedDir, name));
}

export const metadataDirs = [join(salesforceDir, "core"), join(salesforceDir, "demo")];

export type TestOrg = {
  readonly core: OrgCore;
  readonly warnings: readonly string[];
  /** The org's clock; set it to move in time. */
  readonly time: { nowMs: number };
};

/** An org with the catalogue and F01, which closes with the test. */
export function openTestOrg(t: TestContext, options: Partial<OpenOrgCoreOptions> = {}): TestOrg {
  const time = { nowMs: startMs };
  const warnings: string[] = [];
  const core = openOrgCore({
    metadataDirs,
    databaseFile: ":memory:",
    seedFiles: seedFiles("10-", "20-", "f01"),
    clock: () => time.nowMs,
    random: () => 0.5,
    onWarning: (text) => warnings.push(text),
    ...options,
  });
  t.after(() => {
    core.close();
  });
  return { core, warnings, time };
}

export function tempDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "sluice-org-core-"));
  t.after(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

export type MetadataCopy = {
  readonly dirs: readonly string[];
  /** Replaces the first occurrence in a file, which must have it. */
  edit(file: string, from: string, to: string): void;
  add(file: string, text: string): void;
};

/** A copy of the project's metadata to change. Files are named from `salesforce/`. */
export function copyMetadata(t: TestContext): MetadataCopy {
  const dir = tempDir(t);
  cpSync(salesforceDir, dir, { recursive: true });
  return {
    dirs: [join(dir, "core"), join(dir, "demo")],
    edit(file, from, to) {
      const path = join(dir, file);
      const text = readFileSync(path, "utf8");
      if (!text.includes(from)) throw new Error(`${file} does not hold "${from}"`);
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
    },
    add(file, text) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), text);
    },
  };
}

export const flows = "core/main/default/flows";
export const publishFlow = `${flows}/Order_After_Save_Publish_Provision.flow-meta.xml`;
export const prepareFlow = `${flows}/Order_Before_Save_Prepare_Approval.flow-meta.xml`;
export const objects = "core/main/default/objects";

/** The payloads of the topic's retained events, oldest first. */
export function publishedEvents(core: OrgCore, limit = 100): readonly OrgRecord[] {
  return core.bus.read(topic, -1, limit).map((event) => {
    const type = avsc.Type.forSchema(JSON.parse(core.bus.schemaJson(event.schemaId) ?? ""), {
      wrapUnions: "never",
    });
    return { ...type.fromBuffer(Buffer.from(event.payload)) } as OrgRecord;
  });
}

export function setStatus(core: OrgCore, status: string, id: string = orderId): void {
  core.update(operator, "Order", id, { Status: status });
}

export function getOrder(core: OrgCore, id: string = orderId): OrgRecord {
  const order = core.get("Order", id);
  if (order === undefined) throw new Error(`there is no order ${id}`);
  return order;
}
