import type { Clock } from "../clock.ts";
import type { SaveView } from "../flow/flow-scope.ts";
import type { FlowRun } from "../flow/run-flow.ts";
import { openLoadedOrg } from "../open-org-core.ts";
import type { LoadedMetadata } from "../open-org-core.ts";
import { OrgError } from "../org-core.ts";
import type { OrgCore, OrgRecord } from "../org-core.ts";
import { judgeFlowTest } from "./judge-flow-test.ts";
import type { FlowTest } from "./flow-test.ts";

/** What each test needs beside its own file. */
export type FlowTestSetting = {
  readonly metadataDirs: readonly string[];
  readonly loaded: LoadedMetadata;
  readonly seedFiles: readonly string[];
  readonly clock: Clock;
};

/**
 * Runs one test in an org of its own, in memory, in which no other flow runs: the test gives the flow what the others
 * would have made of the record. Returns what is wrong; nothing when the test passes.
 */
export function runFlowTest(test: FlowTest, setting: FlowTestSetting): readonly string[] {
  const flow = setting.loaded.metadata.flows.find(({ name }) => name === test.flowName);
  if (flow?.isActive !== true) return [`The flow ${test.flowName} is not active, so it does not run.`];
  const { objectName } = flow.start;
  const runs: FlowRun[] = [];
  const before = test.updated === null ? [] : [{ object: objectName, values: test.initial?.values ?? {} }];
  let core: OrgCore;
  try {
    const { metadata } = setting.loaded;
    const alone = { ...setting.loaded, metadata: { ...metadata, flows: [flow] } };
    core = openLoadedOrg(alone, {
      metadataDirs: setting.metadataDirs,
      databaseFile: ":memory:",
      seedFiles: setting.seedFiles,
      clock: setting.clock,
      random: () => 0.5,
      records: before,
      onFlowRun: (run) => runs.push(run),
    });
  } catch (reason) {
    if (!(reason instanceof OrgError)) throw reason;
    return [`The initial record is refused: ${reason.code}: ${reason.message}`];
  }
  try {
    const prior = test.updated === null ? undefined : [...core.all(objectName)].at(-1);
    const { error, id } = save(core, test, objectName, prior);
    const run = runs.find((candidate) => candidate.flow.name === flow.name);
    // The flow under test may refuse the save; what else does so makes the test worthless.
    if (error !== undefined && (run === undefined || run.outcome?.kind === "finished")) {
      return [`The save is refused: ${error.code}: ${error.message}`];
    }
    const view = (record: OrgRecord): SaveView => viewOf(core, setting, objectName, record, prior);
    const stored = id === undefined ? undefined : core.get(objectName, id);
    const meant = { ...prior, ...(test.updated ?? test.initial)?.values };
    const saved = error === undefined && stored !== undefined ? view(stored) : undefined;
    return judgeFlowTest(test, { flow, run, saved, meant: view(meant) });
  } finally {
    core.close();
  }
}

function save(
  core: OrgCore,
  test: FlowTest,
  objectName: string,
  prior: OrgRecord | undefined,
): { readonly error?: OrgError; readonly id?: string } {
  const actor = { userId: firstUser(core) };
  try {
    if (prior === undefined) return { id: core.create(actor, objectName, test.initial?.values ?? {}) };
    const id = String(prior["Id"]);
    core.update(actor, objectName, id, changesOf(test));
    return { id };
  } catch (reason) {
    if (!(reason instanceof OrgError)) throw reason;
    return { error: reason };
  }
}

/** Only what differs: some updates take nothing else, such as the activation of an order. */
function changesOf({ initial, updated }: FlowTest): OrgRecord {
  const before = initial?.values ?? {};
  const after = Object.entries(updated?.values ?? {});
  return Object.fromEntries(after.filter(([name, value]) => !(name in before) || before[name] !== value));
}

function viewOf(
  core: OrgCore,
  { clock }: FlowTestSetting,
  objectName: string,
  record: OrgRecord,
  prior: OrgRecord | undefined,
): SaveView {
  return {
    schema: core.schema,
    objectName,
    record,
    prior,
    userId: firstUser(core),
    nowMs: clock(),
    findRecord: (object, id) => core.get(object, id),
  };
}

function firstUser(core: OrgCore): string {
  const [user] = core.all("User");
  return String(user?.["Id"]);
}
