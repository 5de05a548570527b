import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Deployment } from "../../src/store/deployment.ts";
import type { OrgView } from "../../src/intake/org-commands.ts";
import { onEachEngine, onPostgresEngine } from "../support/databases.ts";
import { approver, openServiceStage, startStaged } from "../support/service-stage.ts";
import type { ServiceStage, StagedService } from "../support/service-stage.ts";

let stage: ServiceStage;
before(async () => {
  stage = await openServiceStage();
});
after(() => stage[Symbol.asyncDispose]());

type Refusal = { readonly code: string; readonly message: string };
type OrderDetail = { readonly revisions: readonly { readonly requestKey: string }[] };
type Change = { readonly before: Deployment; readonly after: Deployment };

const single = "801Hs0000000001IAA";
const other = "801Hs0000000003IAA";
/** Its product is unknown: it is held, whichever org it is in. */
const unknownProduct = "801Hs0000000011IAA";

function approve(orderId: string): void {
  stage.org.core.update(approver, "Order", orderId, { Status: "Approved" });
}

async function call(path: string): Promise<void> {
  const init = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
  const answer = await fetch(`${stage.org.url}${path}`, init);
  assert.ok(answer.ok, `${path}: ${answer.status}`);
}

async function effectsSoFar(): Promise<number> {
  const answer = await fetch(`${stage.simulators.url}/__sim/summary`);
  return ((await answer.json()) as { readonly effects: { readonly total: number } }).effects.total;
}

/** The views change by the service's own doing: asked again at each of its answers until one fits. */
async function untilOrg(staged: StagedService, fits: (view: OrgView) => boolean): Promise<OrgView> {
  for (;;) {
    const view = await staged.get<OrgView>("/api/org");
    if (fits(view)) return view;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

onPostgresEngine(
  "another org stops everything until it is adopted; then only new approvals run, even with an old request key",
  async (_kind, engine) => {
    await call("/__org/reset");
    await using staged = await startStaged(stage.configOf(engine));
    approve(single);
    approve(unknownProduct);
    await staged.until(`${single} salesforce_activated`);
    await staged.until(`${unknownProduct} step_failed`);
    const formerOrgId = staged.service.orgId;
    const effects = await effectsSoFar();

    await call("/__org/sandbox-refresh");
    const disputed = await untilOrg(staged, (view) => view.disputed);
    assert.equal(disputed.signedInTo, stage.org.core.orgId);
    assert.equal(disputed.deployment?.orgId, formerOrgId);
    approve(other);
    const ready = await staged.get<{ readonly reasons: readonly string[] }>("/readyz");
    assert.match(ready.reasons[0] ?? "", /run `sluice org adopt/);
    const wrong = await staged.post<Refusal>("/api/org/adopt", { orgId: "00D000000000999AAA" });
    assert.equal(wrong.status, 409);
    assert.match(wrong.body.message, /org_not_signed_in/);

    const dry = await staged.post<Change>("/api/org/adopt", { orgId: stage.org.core.orgId, dryRun: true });
    assert.equal(dry.body.after.orgId, stage.org.core.orgId);
    assert.equal((await staged.get<OrgView>("/api/org")).disputed, true, "a dry run changes nothing");
    await staged.post("/api/org/adopt", { orgId: stage.org.core.orgId, actor: "test" });
    await untilOrg(staged, (view) => !view.disputed && view.deployment?.orgId === stage.org.core.orgId);
    await staged.until(`${other} before_go_live`);
    assert.equal(await effectsSoFar(), effects, "nothing was done for what was approved before the adoption");

    // The order's id and its approval counter are those of the former org, and so is the request key.
    stage.org.clock.advance(2_000);
    stage.org.core.update(approver, "Order", unknownProduct, { Status: "Draft" });
    stage.org.core.update(approver, "Order", unknownProduct, { Approval_Sequence__c: 0 });
    approve(unknownProduct);
    await staged.until(`${unknownProduct} step_failed`, 2);
    const detail = await staged.get<OrderDetail>(`/api/orders/${unknownProduct}`);
    assert.deepEqual(
      detail.revisions.map(({ requestKey }) => requestKey),
      [`${unknownProduct}-1-P`],
      "a revision of the new org, under the old request key",
    );
    approve(other);
    assert.equal(staged.has(`${other} received`), false, "approved before the adoption");
  },
);

onPostgresEngine(
  "observes without any effect, says what it would have done, and goes live on order",
  async (_kind, engine) => {
    await call("/__org/reset");
    await using staged = await startStaged(stage.configOf(engine, { mode: "observe" }));
    const effects = await effectsSoFar();
    approve(single);
    approve(unknownProduct);
    await staged.until(`${single} would_do`);
    await staged.until(`${unknownProduct} would_do`);
    const view = await staged.get<OrgView>("/api/org");
    const observed = { received: 2, wouldProvision: 1, wouldHold: 1, wouldDoNothing: 0, unplanned: 0 };
    assert.deepEqual(view.observed, observed);
    assert.equal(await effectsSoFar(), effects);
    const untouched = stage.org.core.get("Order", single);
    assert.equal(untouched?.["Provisioning_Status__c"], "Not Requested");

    const past = await staged.post<Refusal>("/api/go-live", { at: "2026-01-01T00:00:00Z" });
    assert.equal(past.status, 400);
    assert.match(past.body.message, /go_live_in_the_past/);
    await staged.post("/api/go-live", {});
    assert.equal((await staged.post<Refusal>("/api/go-live", {})).status, 409);
    stage.org.clock.advance(2_000);
    approve(other);
    await staged.until(`${other} salesforce_activated`);
    assert.equal(staged.has(`${single} received`), false, "what was observed is never started");
  },
);

onEachEngine("the environment does not undo what a person ordered", async (_kind, engine) => {
  await call("/__org/reset");
  const observing = stage.configOf(engine, { mode: "observe" });
  {
    await using staged = await startStaged(observing);
    assert.equal((await staged.get<OrgView>("/api/org")).deployment?.mode, "observe");
    await staged.post("/api/go-live", { actor: "test" });
  }
  await using again = await startStaged(observing);
  const { deployment } = await again.get<OrgView>("/api/org");
  assert.deepEqual([deployment?.mode, deployment?.modeSetBy], ["live", "command"]);
});

test("acting needs the token", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "sluice-token-"));
  const engine = { dataDir, databaseUrl: null, namespace: "sluice" };
  await using staged = await startStaged(stage.configOf(engine));
  for (const path of ["/api/org/adopt", "/api/go-live"]) {
    const answer = await fetch(`${staged.service.url}${path}`, { method: "POST" });
    assert.equal(answer.status, 401, path);
    assert.match(await answer.text(), /token_missing/);
  }
  rmSync(dataDir, { recursive: true, force: true });
});
