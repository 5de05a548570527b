import { firstStep } from "../../src/provisioning/first-step.ts";
import { openBilling } from "../../src/provisioning/modules/billing-whmcs/open-billing.ts";
import { openNetwork } from "../../src/provisioning/modules/network-http/open-network.ts";
import type { ReconcileCommands, ReconcileResult } from "../../src/provisioning/reconcile-commands.ts";
import { reconcileCommands } from "../../src/provisioning/reconcile-commands.ts";
import type { ReconcileProgress } from "../../src/provisioning/reconcile/reconcile-deps.ts";
import { createConnection } from "../../src/salesforce/connection.ts";
import { defaultMapping, orderStandingOf, provisioningStatusOf } from "../../src/salesforce/mapping.ts";
import { readApprovalPages, readApprovals } from "../../src/salesforce/sweep-query.ts";
import type { ServiceConfig } from "../../src/service-config.ts";
import { openSessions } from "../../src/sign-in.ts";
import { admitFound } from "../../src/store/admit-found.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import type { Store } from "../../src/store/store.ts";
import { openStore } from "../../src/store/store.ts";
import { queues } from "./ledger.ts";

const mapping = defaultMapping;

/** The commands on the store that a service left, with everything else real. No grace: what was done counts at once. */
export type Comparison = AsyncDisposable & {
  readonly store: Store;
  readonly commands: ReconcileCommands;
  readonly told: ReconcileProgress[];
  run(order?: { readonly repair?: boolean; readonly dryRun?: boolean }): Promise<ReconcileResult>;
};

export async function openComparison(
  config: ServiceConfig,
  orgId: string,
  rules: { readonly graceMs?: number; readonly now?: () => number } = {},
): Promise<Comparison> {
  const store = await openStore(await openDatabase(config, queues.length), queues);
  const now = rules.now ?? (() => Date.now());
  const connection = createConnection({ sessions: openSessions(config.salesforce, () => Date.now()) });
  const told: ReconcileProgress[] = [];
  const commands = reconcileCommands({
    store,
    modules: [openBilling(config.billing), openNetwork(config.network)],
    graceMs: rules.graceMs ?? 0,
    holder: "test",
    orgId: () => orgId,
    readApprovalPages: (scope, signal) => readApprovalPages(connection, mapping, scope, signal),
    readOrders: (ids, signal) => readApprovals(connection, mapping, ids, signal),
    standingOf: (status) => orderStandingOf(status, mapping),
    provisioningStatusOf: (state) => provisioningStatusOf(state, mapping),
    admit: (org, found, receivedAt) =>
      admitFound({ store, firstStep }, { orgId: org, topic: mapping.event.topic }, found, receivedAt),
    now,
  });
  return {
    store,
    commands,
    told,
    run: ({ repair = false, dryRun = false } = {}) =>
      commands.run(
        { since: null, repair, dryRun, actor: "test" },
        (progress) => void told.push(progress),
        new AbortController().signal,
      ),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
