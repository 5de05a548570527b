import { examineMetadata } from "@sluice/org/metadata";
import type { ExaminedMetadata } from "@sluice/org/metadata";
import { checkOrg } from "./check-org.ts";
import { checkTypes } from "./check-types.ts";
import { checkWellFormed } from "./check-well-formed.ts";
import { checkCrossReferences } from "./cross/check-cross-references.ts";
import type { CheckReport, CheckResult } from "./finding.ts";
import { readSfdxProject } from "./sfdx-project.ts";
import { checkProjectFiles } from "./tools/check-project-files.ts";
import { convertSource } from "./tools/convert-source.ts";
import { parseApex } from "./tools/parse-apex.ts";
import { scanFlows } from "./tools/scan-flows.ts";
import { readWsdlTypes } from "./wsdl-types.ts";

/** The checks by name, in the order in which they run: what is cheap and basic comes first. */
export const checkTitles = {
  "well-formed": "XML is well-formed",
  types: "elements and values follow the Metadata WSDL",
  org: "the emulated org loads it",
  cross: "files agree with one another",
  flows: "Lightning Flow Scanner finds nothing",
  conversion: "the converter takes every file",
  apex: "Apex parses",
  project: "project files follow their schemas",
} as const;
export type CheckName = keyof typeof checkTitles;

export const checkNames = Object.keys(checkTitles) as readonly CheckName[];

export type RunOptions = {
  /** SFDX projects or package directories; relative ones from the working directory. */
  readonly folders: readonly string[];
  /** The checks to run, in whatever order they are named here. */
  readonly only: readonly CheckName[];
  /** A clock that never goes back. */
  readonly nowMs: () => number;
};

/**
 * Runs the checks, each whatever the earlier ones found.
 *
 * @throws {ProjectError} when a folder cannot be checked at all.
 */
export async function runChecks({ folders, only, nowMs }: RunOptions): Promise<readonly CheckReport[]> {
  const project = readSfdxProject(folders);
  let examined: ExaminedMetadata | undefined;
  const examine = (): ExaminedMetadata => (examined ??= examineMetadata(project.sourceDirs));
  const checks: Readonly<Record<CheckName, () => CheckResult | Promise<CheckResult>>> = {
    "well-formed": () => checkWellFormed(project),
    types: () => checkTypes(project, readWsdlTypes()),
    org: () => checkOrg(project, examine()),
    cross: () => checkCrossReferences(project, examine().schema),
    flows: () => scanFlows(project),
    conversion: () => convertSource(project),
    apex: () => parseApex(project),
    project: () => checkProjectFiles(project),
  };
  const reports: CheckReport[] = [];
  for (const check of checkNames.filter((name) => only.includes(name))) {
    const startedAtMs = nowMs();
    const result = await checks[check]();
    const milliseconds = Math.round(nowMs() - startedAtMs);
    reports.push({ check, title: checkTitles[check], milliseconds, ...result });
  }
  return reports;
}
