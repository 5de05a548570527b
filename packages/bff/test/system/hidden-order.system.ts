import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { integrationAccess } from "@sluice/org";
import { approver, openServiceStage, startStaged } from "../support/service-stage.ts";
import type { ServiceStage, StagedService } from "../support/service-stage.ts";

const heard = "801Hs0000000001IAA";
const hidden = "801Hs0000000003IAA";
const integrationUserId = "005Hs0000000002IAA";

let stage: ServiceStage;
const dataDir = mkdtempSync(join(tmpdir(), "sluice-hidden-"));
before(async () => {
  stage = await openServiceStage();
});
after(async () => {
  await stage[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true, force: true });
});

type Gap = {
  readonly gapId: number;
  readonly closedAt: string | null;
  readonly lastCheck: { readonly reason: string | null } | null;
};

/** Asked again after each answer: the sweep runs ten times a second here. */
async function untilGap(staged: StagedService, fits: (gap: Gap) => boolean): Promise<Gap> {
  for (;;) {
    const { gaps } = await staged.get<{ readonly gaps: readonly Gap[] }>("/api/gaps?all=true");
    const gap = gaps.find((one) => fits(one));
    if (gap !== undefined) return gap;
  }
}

test("an approved order that the integration user cannot see keeps the gap open; after the grant it is admitted and finishes", async () => {
  const { core, faults, sharing, state } = { ...stage.org, state: stage.org.core.state };
  const config = stage.configOf({ dataDir, databaseUrl: null, namespace: "sluice" });
  const { clientId, clientSecret } = integrationAccess;
  await using staged = await startStaged({
    ...config,
    sweep: { intervalMs: 100, graceMs: 1_000, settleMs: 1_000 },
    salesforce: { ...config.salesforce, clientId, signIn: { kind: "client_credentials", clientSecret } },
  });
  core.update(approver, "Order", heard, { Status: "Approved" });
  await staged.until(`${heard} salesforce_activated`);

  sharing.set("Order", "Private");
  faults.arm({ kind: "event_lost", schedule: { kind: "times", times: 1 }, match: {}, options: {} });
  core.update(approver, "Order", hidden, { Status: "Approved" });
  state.resetStream(false);
  const open = await untilGap(staged, ({ lastCheck }) =>
    /cannot see all orders/.test(lastCheck?.reason ?? ""),
  );
  assert.equal(open.closedAt, null);
  assert.match(open.lastCheck?.reason ?? "", /assign the permission set/);
  assert.equal(staged.has(`${hidden} received`), false);

  grant("Sluice_Integration");
  // Reading everything is one right, writing the status back to others' orders another one.
  const writing = core.create(approver, "PermissionSet", { Name: "Order_Writers", Label: "Order writers" });
  const rights = ["Read", "Create", "Edit", "Delete", "ViewAllRecords", "ModifyAllRecords"];
  core.create(approver, "ObjectPermissions", {
    ParentId: writing,
    SobjectType: "Order",
    ...Object.fromEntries(rights.map((right) => [`Permissions${right}`, true])),
  });
  core.create(approver, "PermissionSetAssignment", {
    AssigneeId: integrationUserId,
    PermissionSetId: writing,
  });
  await staged.until(`${hidden} salesforce_activated`);
  const closed = await untilGap(staged, ({ gapId, closedAt }) => gapId === open.gapId && closedAt !== null);
  assert.equal(closed.lastCheck?.reason ?? null, null);
});

function grant(name: string): void {
  const set = [...stage.org.core.all("PermissionSet")].find((each) => each["Name"] === name);
  const assignment = { AssigneeId: integrationUserId, PermissionSetId: String(set?.["Id"]) };
  stage.org.core.create(approver, "PermissionSetAssignment", assignment);
}
