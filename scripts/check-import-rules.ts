/**
 * Proves that the rooms' import rules bite: for each room it writes one import against the table, expects the linter
 * to refuse it, and takes it away again.
 */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const forbidden: readonly (readonly [room: string, target: string])[] = [
  ["orders", "../store/store.ts"],
  ["store", "../provisioning/engine.ts"],
  ["queue", "../store/store.ts"],
  ["intake", "../salesforce/mapping.ts"],
  ["provisioning", "../salesforce/connection.ts"],
  ["provisioning/modules/network-http", "../../../salesforce/connection.ts"],
  ["salesforce", "../provisioning/plan.ts"],
  ["salesforce", "@sluice/pubsub"],
  ["portal", "../provisioning/engine.ts"],
  ["portal", "../compose.ts"],
  ["telemetry", "../orders/order.ts"],
];

let missed = 0;
for (const [room, target] of forbidden) {
  const file = `${root}packages/bff/src/${room}/import-against-the-table.ts`;
  writeFileSync(file, `import * as forbidden from "${target}";\nexport const used = forbidden;\n`);
  try {
    const lint = spawnSync("oxlint", ["--deny-warnings", file], { cwd: root, encoding: "utf8" });
    const refused = lint.status !== 0 && lint.stdout.includes("no-restricted-imports");
    process.stdout.write(`${refused ? "refused" : "LET PASS"}  ${room} → ${target}\n`);
    if (!refused) missed += 1;
  } finally {
    rmSync(file);
  }
}
process.exitCode = missed === 0 ? 0 : 1;
