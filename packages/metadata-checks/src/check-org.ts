import type { ExaminedMetadata } from "@sluice/org/metadata";
import { findingAt, findingIn } from "./finding.ts";
import type { CheckResult, Finding } from "./finding.ts";
import type { SfdxProject } from "./sfdx-project.ts";

/**
 * The emulated org loads the source: connectors lead somewhere, fields exist and types fit, required event fields are
 * assigned, permission sets name what there is. What the org only warns of is a finding here.
 */
export function checkOrg(project: SfdxProject, examined: ExaminedMetadata): CheckResult {
  const { metadata, errors, warnings } = examined;
  const fromErrors = errors
    // Reported by the checks before this one.
    .filter(({ code }) => code !== "malformed_xml")
    .map((error) => findingAt(error, error.detail));
  const fromWarnings = warnings.map((text): Finding => {
    const flow = metadata.flows.find(({ name }) => text.startsWith(`flow ${name}: `));
    const [file = ""] = project.sourceDirs;
    return flow === undefined ? findingIn(file, text) : findingAt(flow.place, `${text}. Repair the flow.`);
  });
  return {
    seen: {
      flows: metadata.flows.length,
      rules: metadata.validationRules.length,
      fields: metadata.fields.length,
      "permission sets": metadata.permissionSets.length,
    },
    findings: [...fromErrors, ...fromWarnings],
  };
}
