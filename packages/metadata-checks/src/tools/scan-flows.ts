import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import scanner from "@flow-scanner/lightning-flow-scanner-core";
import { z } from "zod";
import { findingIn } from "../finding.ts";
import type { CheckResult, Finding } from "../finding.ts";
import { ProjectError } from "../sfdx-project.ts";
import type { SfdxProject } from "../sfdx-project.ts";

/** Where a project says which findings of the scanner it lives with. It may be missing. */
const allowanceFile = "config/metadata-checks.json";

const allowances = z.strictObject({
  flowScanner: z.array(z.strictObject({ rule: z.string(), flow: z.string(), reason: z.string().min(1) })),
});
type Allowance = z.infer<typeof allowances>["flowScanner"][number];

/**
 * Every rule of Lightning Flow Scanner, those in trial included, finds nothing but what the project allows with a
 * reason. An allowance that allows nothing is a finding.
 *
 * @throws {ProjectError} when the allowances cannot be read.
 */
export async function scanFlows(project: SfdxProject): Promise<CheckResult> {
  const files = project.files.filter((file) => file.endsWith(".flow-meta.xml"));
  const allowed = readAllowances(project.root);
  const used = new Set<Allowance>();
  const findings: Finding[] = [];
  const rules = new Set<string>();
  for (const file of files) {
    const [parsed] = await scanner.parse([file]);
    if (parsed?.flow === undefined) {
      findings.push(
        findingIn(file, `The scanner cannot read it: ${parsed?.errorMessage ?? "no reason given"}.`),
      );
      continue;
    }
    const name = parsed.flow.name;
    const [scanned] = scanner.scan([parsed], { betaMode: true });
    for (const { ruleName, occurs, details, ruleDefinition } of scanned?.ruleResults ?? []) {
      rules.add(ruleName);
      if (!occurs) continue;
      const allowance = allowed.find(({ rule, flow }) => rule === ruleName && flow === name);
      if (allowance !== undefined) {
        used.add(allowance);
        continue;
      }
      for (const detail of details) {
        const message = `${ruleName}: ${ruleDefinition.description} Repair the flow, or allow the rule with a reason in ${allowanceFile}.`;
        findings.push({ file, line: detail.lineNumber || null, element: detail.name, message });
      }
    }
  }
  for (const allowance of allowed) {
    if (used.has(allowance)) continue;
    const { rule, flow } = allowance;
    const message = `Nothing in ${flow} needs the allowance for ${rule} any more. Remove it.`;
    findings.push(findingIn(join(project.root, allowanceFile), message));
  }
  return { seen: { flows: files.length, rules: rules.size, allowances: allowed.length }, findings };
}

function readAllowances(root: string): readonly Allowance[] {
  const file = join(root, allowanceFile);
  if (!existsSync(file)) return [];
  try {
    return allowances.parse(JSON.parse(readFileSync(file, "utf8"))).flowScanner;
  } catch (reason) {
    const detail = reason instanceof z.ZodError ? z.prettifyError(reason) : String(reason);
    throw new ProjectError(`${file} cannot be read: ${detail}. Repair it.`, { cause: reason });
  }
}
