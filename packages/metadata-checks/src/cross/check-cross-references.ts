import type { OrgSchema } from "@sluice/org/metadata";
import { findingIn } from "../finding.ts";
import type { CheckResult } from "../finding.ts";
import type { SfdxProject } from "../sfdx-project.ts";
import { checkApiVersions } from "./api-versions.ts";
import { checkApps } from "./app-access.ts";
import { checkEventSubscriptions } from "./event-subscriptions.ts";
import { checkFields } from "./field-access.ts";
import { checkFlowTests } from "./flow-tests.ts";
import { checkPicklistValues } from "./picklist-values.ts";
import type { CrossResult, ProjectView } from "./project-view.ts";

const parts: readonly (readonly [string, (view: ProjectView) => CrossResult])[] = [
  ["fields", checkFields],
  ["picklist values", checkPicklistValues],
  ["flow tests", checkFlowTests],
  ["app files", checkApps],
  ["subscriptions", checkEventSubscriptions],
  ["versions", checkApiVersions],
];

/** What files say about one another, beyond what the org checks when it loads them. */
export function checkCrossReferences(project: SfdxProject, schema: OrgSchema | null): CheckResult {
  if (schema === null) {
    const [dir = ""] = project.sourceDirs;
    const message =
      "Not checked, because the objects could not be put together. Repair what was found before.";
    return { seen: {}, findings: [findingIn(dir, message)] };
  }
  const results = parts.map(([name, check]) => [name, check({ project, schema })] as const);
  return {
    seen: Object.fromEntries(results.map(([name, { seen }]) => [name, seen])),
    findings: results.flatMap(([, { findings }]) => findings),
  };
}
