/**
 * Runs every test of every package: pure and in-process suites, then the store's suites on both engines with one
 * PostgreSQL for all. Prints how many tests ran on each engine, and fails when one of them ran none. Arguments are files
 * to run instead of all, and options of `node --test`.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startPostgresServer } from "../packages/bff/test/support/postgres-server.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const given = process.argv.slice(2);
const options = given.filter((argument) => argument.startsWith("-"));
const named = given.filter((argument) => !argument.startsWith("-"));
const all = ["packages/*/test/**/*.test.ts", "examples/*/*.test.ts", "chaos/test/*.test.ts"];
const files = globSync(named.length > 0 ? named : all, { cwd: root }).toSorted();
if (files.length === 0) throw new Error("no test files were found");

const startedAtMs = performance.now();
const postgres = await startPostgresServer();
let exitCode: number;
try {
  exitCode = await runNode([
    "--test",
    "--test-concurrency=2",
    "--test-timeout=120000",
    "--test-reporter=./scripts/test-reporter.ts",
    "--test-reporter-destination=stdout",
    ...options,
    ...files,
  ]);
} finally {
  await postgres.stop();
}
process.stdout.write(`${files.length} files in ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s\n`);
// Said outright: PostgreSQL's exit hook ends the process with 0, whatever `process.exitCode` is.
process.exit(exitCode);

function runNode(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...args], {
    cwd: root,
    stdio: "inherit",
    env: {
      // Each file is a process that would take the types off the same modules again.
      NODE_COMPILE_CACHE: fileURLToPath(new URL("../node_modules/.cache/compile", import.meta.url)),
      ...process.env,
      SLUICE_TEST_POSTGRES: postgres.url,
      // Some files need one engine only; all of them together need both.
      SLUICE_TEST_WHOLE: named.length === 0 ? "yes" : "no",
    },
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
