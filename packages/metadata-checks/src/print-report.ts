import type { CheckReport, Finding } from "./finding.ts";

/** One line a check, then a line for each of its findings, then the sum. */
export function printReport(reports: readonly CheckReport[]): string {
  const lines = reports.flatMap((report) => [
    `${report.findings.length === 0 ? "ok  " : "FAIL"} ${report.check}: ${report.title} (${countsOf(report)})`,
    ...report.findings.map((finding) => `     ${showFinding(finding)}`),
  ]);
  const total = reports.reduce((sum, { findings }) => sum + findings.length, 0);
  return `${[...lines, `${total} ${total === 1 ? "finding" : "findings"} in ${reports.length} checks`].join("\n")}\n`;
}

function countsOf({ seen, findings, milliseconds }: CheckReport): string {
  const counts = Object.entries(seen).map(([what, count]) => `${count} ${what}`);
  return [...counts, `${findings.length} findings`, `${milliseconds} ms`].join(", ");
}

function showFinding({ file, line, element, message }: Finding): string {
  const place = line === null ? file : `${file}:${line}`;
  return element === "" ? `${place}: ${message}` : `${place} ${element}: ${message}`;
}
