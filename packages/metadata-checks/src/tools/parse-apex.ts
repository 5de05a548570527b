import { readFileSync } from "node:fs";
import { ApexErrorListener, ApexParserFactory } from "@apexdevtools/apex-parser";
import type { CheckResult, Finding } from "../finding.ts";
import type { SfdxProject } from "../sfdx-project.ts";

/** Apex classes and triggers have no syntax error. Names and types are the compiler's business, which needs an org. */
export function parseApex(project: SfdxProject): CheckResult {
  const files = project.files.filter((file) => /\.(cls|trigger)$/.test(file));
  const findings = files.flatMap((file): readonly Finding[] => {
    const listener = new SyntaxErrors(file);
    const { parser } = ApexParserFactory.createLexerAndParser(readFileSync(file, "utf8"), listener);
    if (file.endsWith(".cls")) parser.compilationUnit();
    else parser.triggerUnit();
    return listener.findings;
  });
  return { seen: { files: files.length }, findings };
}

class SyntaxErrors extends ApexErrorListener {
  readonly findings: Finding[] = [];
  readonly #file: string;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override apexSyntaxError(line: number, column: number, message: string): void {
    this.findings.push({
      file: this.#file,
      line,
      element: `column ${column + 1}`,
      message: `${message}. Correct the syntax.`,
    });
  }
}
