import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { z } from "zod";
import { findingIn } from "../finding.ts";
import type { CheckResult, Finding } from "../finding.ts";
import type { SfdxProject } from "../sfdx-project.ts";

/** Files of a project that the published JSON schemas describe. */
const described: readonly (readonly [file: string, schema: string, isRequired: boolean])[] = [
  ["sfdx-project.json", import.meta.resolve("@salesforce/schemas/sfdx-project.schema.json"), true],
  [
    "config/project-scratch-def.json",
    import.meta.resolve("@salesforce/schemas/project-scratch-def.schema.json"),
    false,
  ],
];

/** sfdx-project.json and the scratch definition follow Salesforce's schemas. */
export function checkProjectFiles({ root }: SfdxProject): CheckResult {
  const present = described.filter(([file, , isRequired]) => isRequired || existsSync(join(root, file)));
  const findings = present.flatMap(([name, schema]) => checkFile(join(root, name), schema));
  return { seen: { files: present.length }, findings };
}

function checkFile(file: string, schemaUrl: string): readonly Finding[] {
  const ajv = new Ajv({ allErrors: true, strict: false, logger: false });
  const schema = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(readFileSync(fileURLToPath(schemaUrl), "utf8")));
  const validate = ajv.compile(schema);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (reason) {
    return [findingIn(file, `It is no JSON: ${String(reason)}. Repair it.`)];
  }
  validate(content);
  return (validate.errors ?? []).map(({ instancePath, message = "is wrong", params }) => ({
    file,
    line: null,
    element: instancePath === "" ? "/" : instancePath,
    message: `It ${message} (${JSON.stringify(params)}). Correct it.`,
  }));
}
