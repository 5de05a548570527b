import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openOrgCore } from "../src/open-org-core.ts";
import type { OrgCore, OrgRecord } from "../src/org-core.ts";
import { getOrder, operator, seedFiles, startMs, tempDir } from "./core-harness.ts";
import { baseFiles } from "./conformance/base-metadata.ts";
import { shouldRun } from "./conformance/entry-oracle.ts";
import type { EntryRule } from "./conformance/entry-oracle.ts";
import { flow } from "./conformance/flow-xml.ts";
import { choose, randomFrom, randomRule, randomValues, writeLogic } from "./conformance/random-entry.ts";

const rounds = 40;
const savesPerRound = 250;
const flowsPerRound = 8;

/** A run is repeated with the seed that it printed. */
const seedVariable = "ENTRY_RULES_SEED";
const seed = Number(process.env[seedVariable] ?? Math.floor(Math.random() * 2 ** 31));

test("10,000 random saves start exactly the flows that the table of entry rules says", (t) => {
  t.diagnostic(`${seedVariable}=${seed}`);
  const random = randomFrom(seed);
  let started = 0;
  for (let round = 0; round < rounds; round += 1) started += playRound(t, random, round);
  t.diagnostic(
    `${rounds * savesPerRound} saves started ${started} of ${rounds * savesPerRound * flowsPerRound} flows`,
  );
  assert.ok(
    started > rounds * savesPerRound,
    "the conditions are hardly ever met, so the test shows nothing",
  );
});

function playRound(t: TestContext, random: () => number, round: number): number {
  const rules = Array.from({ length: flowsPerRound }, (_rule, index) => randomRule(random, `Rule_${index}`));
  const runs: string[] = [];
  const core = openWith(t, rules, (name) => runs.push(name));
  try {
    const ids: string[] = [];
    for (let save = 0; save < savesPerRound; save += 1) {
      const values = randomValues(random);
      const before = runs.length;
      const id = ids.length === 0 || random() < 0.2 ? undefined : choose(random, ids);
      const old = id === undefined ? undefined : getOrder(core, id);
      const saved = id ?? core.create(operator, "Order", { EffectiveDate: "2026-12-01", ...values });
      if (id === undefined) ids.push(saved);
      else core.update(operator, "Order", saved, values);
      check(rules, getOrder(core, saved), old, runs.slice(before), `round ${round}, save ${save}`);
    }
  } finally {
    core.close();
  }
  return runs.length;
}

function check(
  rules: readonly EntryRule[],
  record: OrgRecord,
  old: OrgRecord | undefined,
  ran: readonly string[],
  where: string,
): void {
  for (const rule of rules) {
    const expected = shouldRun(rule, record, old);
    if (ran.includes(rule.name) === expected) continue;
    const story = JSON.stringify({
      rule,
      logic: writeLogic(rule.tree),
      old: shown(old),
      record: shown(record),
    });
    assert.fail(`${seedVariable}=${seed}, ${where}: the flow ${expected ? "did not run" : "ran"}: ${story}`);
  }
  assert.equal(ran.length, new Set(ran).size, `${seedVariable}=${seed}, ${where}: a flow ran twice`);
}

function shown(record: OrgRecord | undefined): OrgRecord | null {
  if (record === undefined) return null;
  return Object.fromEntries(Object.entries(record).filter(([name]) => name.endsWith("__c")));
}

function openWith(t: TestContext, rules: readonly EntryRule[], onRun: (flow: string) => void): OrgCore {
  const dir = tempDir(t);
  const flows = rules.map(({ name, operation, changed, where, tree }) => {
    const logic = writeLogic(tree);
    const text = flow({
      name,
      operation,
      changed,
      where,
      parts: [],
      ...(logic === undefined ? {} : { logic }),
    });
    return [`flows/${name}.flow-meta.xml`, text] as const;
  });
  for (const [name, text] of [...Object.entries(baseFiles), ...flows]) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return openOrgCore({
    metadataDirs: [dir],
    databaseFile: ":memory:",
    seedFiles: seedFiles("10-"),
    clock: () => startMs,
    random: () => 0.5,
    onFlowRun: (run) => {
      onRun(run.flow.name);
    },
  });
}
