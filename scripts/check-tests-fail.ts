/** Runs the README's test command on a test that fails, and fails unless the command does. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = "packages/pubsub/test/planted-failure.test.ts";
const root = fileURLToPath(new URL("..", import.meta.url));
const path = fileURLToPath(new URL(`../${file}`, import.meta.url));

writeFileSync(
  path,
  `import { test } from "node:test";
for (const engine of ["pglite", "postgres"]) test(\`passes [\${engine}]\`, () => undefined);
test("fails", () => {
  throw new Error("planted");
});
`,
);
try {
  const { status, stdout } = spawnSync(process.execPath, ["scripts/test.ts", file], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 1 || !stdout.includes("2 passed, 1 failed")) {
    process.stderr.write(`${stdout}\na failing test left the test command with exit code ${status}\n`);
    process.exitCode = 1;
  } else process.stdout.write("a failing test fails the test command\n");
} finally {
  rmSync(path, { force: true });
}
