import { openOrgCore } from "../src/open-org-core.ts";
import { metadataDirs, operator, orderId, seedFiles, startMs } from "./core-harness.ts";

/**
 * Approves the order again and again until it is killed. Each line on stdout is written after a save returned and tells
 * the counter that must be there after the restart.
 */
const [databaseFile = ""] = process.argv.slice(2);
const core = openOrgCore({
  metadataDirs,
  databaseFile,
  seedFiles: seedFiles("10-", "20-", "f01"),
  clock: () => startMs,
  random: () => 0.5,
});
for (;;) {
  core.update(operator, "Order", orderId, { Status: "Draft" });
  core.update(operator, "Order", orderId, { Status: "Approved" });
  process.stdout.write(`${String(core.get("Order", orderId)?.["Approval_Sequence__c"])}\n`);
}
