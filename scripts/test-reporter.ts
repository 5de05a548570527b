/** Reports failures in full, passes by file, and at the end how many tests ran on which database. */
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

const engines = ["pglite", "postgres"] as const;

// The runner takes a reporter as the default export.
// oxlint-disable-next-line import/no-default-export
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const ran = new Map<string, number>(engines.map((engine) => [engine, 0]));
  const passedByFile = new Map<string, number>();
  const secondsOf = new Map<string, number>();
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for await (const event of source) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file, skip, todo, details } = event.data;
    // A file stands in the stream as a test of its own, around those in it.
    if (details.type === "suite" || (file !== undefined && name === file)) {
      if (event.type === "test:pass") continue;
    }
    if (skip !== undefined || todo !== undefined) {
      skipped += 1;
      yield `SKIPPED ${name}\n`;
      continue;
    }
    // By test, not by file: files that start PostgreSQL end without telling how long they took.
    if (event.data.nesting === 0) secondsOf.set(name, details.duration_ms / 1000);
    const engine = engines.find((known) => name.endsWith(`[${known}]`));
    if (engine !== undefined) ran.set(engine, (ran.get(engine) ?? 0) + 1);
    if (event.type === "test:pass") {
      passed += 1;
      const shown = file === undefined ? "?" : relative(process.cwd(), file);
      passedByFile.set(shown, (passedByFile.get(shown) ?? 0) + 1);
      continue;
    }
    failed += 1;
    const { error } = event.data.details;
    yield `\nFAILED ${name}\n  ${file ?? ""}\n${describe(error)}\n`;
  }
  for (const [file, count] of [...passedByFile].toSorted(([a], [b]) => a.localeCompare(b)))
    yield `ok ${String(count).padStart(4)}  ${file}\n`;
  const slowest = [...secondsOf].toSorted(([, a], [, b]) => b - a).slice(0, 15);
  yield "\nthe slowest tests, with what ran beside them:\n";
  for (const [name, seconds] of slowest) yield `${seconds.toFixed(1).padStart(7)} s  ${name}\n`;
  yield `\n${passed} passed, ${failed} failed, ${skipped} skipped; `;
  yield `on PGlite ${ran.get("pglite")}, on PostgreSQL ${ran.get("postgres")}\n`;
  // A check that ran on no database at all, or was skipped, is no check.
  const missed =
    process.env["SLUICE_TEST_WHOLE"] === "yes" && engines.some((engine) => ran.get(engine) === 0);
  if (skipped > 0 || missed) {
    yield "FAILED: tests were skipped, or one engine ran none\n";
    process.exitCode = 1;
  }
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return text
    .split("\n")
    .slice(0, 25)
    .map((line) => `  ${line.slice(0, 300)}`)
    .join("\n");
}
