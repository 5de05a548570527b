import { fileURLToPath } from "node:url";
import type { Clock } from "../clock.ts";
import { loadOrgMetadata } from "../open-org-core.ts";
import { runFlowTest } from "./run-flow-test.ts";

export type RunFlowTestsOptions = {
  /** SFDX source folders, applied in order; the tests are the `*.flowtest-meta.xml` in them. */
  readonly metadataDirs: readonly string[];
  /** Records that every test finds; by default an organization with a user, a catalogue, an account and an order. */
  readonly seedFiles?: readonly string[];
  /** The time of the orgs, in milliseconds since 1970; by default the real one. */
  readonly clock?: Clock;
};

export type FlowTestResult = {
  /** The name of the test's file without its ending. */
  readonly name: string;
  readonly label: string;
  readonly flowName: string;
  readonly isPassed: boolean;
  /** One line for each assertion that does not hold, with the value that was found. */
  readonly failures: readonly string[];
};

/**
 * Runs the flow tests of the metadata, each in an org of its own in memory: the initial record is there without any
 * automation, the update goes through the whole save, and the assertions are judged at its end.
 *
 * Where Salesforce does not say how it judges, this org does it thus: `$Record` is the record as it was saved; an
 * element of a flow that did not start was not visited; `$Flow.FaultMessage` holds the text of a custom error too.
 *
 * @throws {MetadataError} for metadata that is not understood, the tests included.
 */
export function runFlowTests(options: RunFlowTestsOptions): readonly FlowTestResult[] {
  const { metadataDirs } = options;
  const loaded = loadOrgMetadata({ metadataDirs });
  const setting = {
    metadataDirs,
    loaded,
    seedFiles: options.seedFiles ?? defaultSeed(),
    clock: options.clock ?? Date.now,
  };
  return loaded.metadata.flowTests.map((test) => {
    const failures = runFlowTest(test, setting);
    const { name, label, flowName } = test;
    return { name, label, flowName, isPassed: failures.length === 0, failures };
  });
}

function defaultSeed(): readonly string[] {
  const names = ["10-organization.json", "20-catalogue.json", "f01-single-esim.json"];
  return names.map((name) => fileURLToPath(new URL(`../../seed/${name}`, import.meta.url)));
}
