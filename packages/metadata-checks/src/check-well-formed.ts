import { readFileSync } from "node:fs";
import { XMLValidator } from "fast-xml-parser";
import type { CheckResult, Finding } from "./finding.ts";
import type { SfdxProject } from "./sfdx-project.ts";

/** Every `.xml` file is well-formed. The platform's own converter takes files that are not. */
export function checkWellFormed(project: SfdxProject): CheckResult {
  const files = project.files.filter((file) => file.endsWith(".xml"));
  const findings = files.flatMap((file): Finding[] => {
    const valid = XMLValidator.validate(readFileSync(file, "utf8"));
    if (valid === true) return [];
    const { line, col, msg } = valid.err;
    return [{ file, line, element: `column ${col}`, message: `${msg} Repair the XML.` }];
  });
  return { seen: { files: files.length }, findings };
}
