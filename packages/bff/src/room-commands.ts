import { createPubSubClient } from "@sluice/pubsub";
import type { ClientEvent, EventAsItCame, PubSubClientOptions } from "@sluice/pubsub";
import type { Clock } from "./clock.ts";
import { gapCommands } from "./intake/gap-commands.ts";
import { orgCommands } from "./intake/org-commands.ts";
import { quarantineCommands } from "./intake/quarantine-commands.ts";
import { replayCommands } from "./intake/replay-commands.ts";
import { usualPatience } from "./intake/short-subscription.ts";
import { CommandRefused } from "./orders/command-refused.ts";
import type { OrgRun } from "./org-runs.ts";
import type { OrgWatch } from "./org-watch.ts";
import type { CommandRoutes } from "./portal/command-routes.ts";
import { gapRoutes } from "./portal/gap-routes.ts";
import { orgRoutes } from "./portal/org-routes.ts";
import { quarantineRoutes } from "./portal/quarantine-routes.ts";
import { reconcileRoutes } from "./portal/reconcile-routes.ts";
import { replayRoutes } from "./portal/replay-routes.ts";
import { firstStep } from "./provisioning/first-step.ts";
import type { ProvisioningModule } from "./provisioning/module.ts";
import { reconcileCommands } from "./provisioning/reconcile-commands.ts";
import type { ReconcileCommandDeps } from "./provisioning/reconcile-commands.ts";
import type { SalesforceConnection } from "./salesforce/connection.ts";
import type { SalesforceMapping } from "./salesforce/mapping.ts";
import { orderStandingOf, provisioningStatusOf, standingOf } from "./salesforce/mapping.ts";
import { readEvent } from "./salesforce/read-event.ts";
import { readApprovalPages, readApprovals } from "./salesforce/sweep-query.ts";
import type { ServiceConfig } from "./service-config.ts";
import { admitFound } from "./store/admit-found.ts";
import { admitWithin } from "./store/admit-within.ts";
import type { OutsideBatch } from "./store/admit-within.ts";
import type { Store, StoreTransaction } from "./store/store.ts";

export type CommandDeps = {
  readonly clock: Clock;
  readonly config: ServiceConfig;
  readonly store: Store;
  readonly modules: readonly ProvisioningModule[];
  readonly org: OrgWatch;
  readonly connection: SalesforceConnection;
  /** For clients of a command's own, whose reading nobody takes for the live one. */
  readonly clientOptions: PubSubClientOptions;
  readonly mapping: SalesforceMapping;
  readonly topic: string;
  /** Names this process among the deployment's. */
  readonly holder: string;
  /** Undefined while no work is done for the org. */
  run(): OrgRun | undefined;
};

/** What each room lets people do, as routes of the portal. */
export function roomCommands(deps: CommandDeps): readonly CommandRoutes[] {
  const { clock, config, store, org, connection, mapping, topic } = deps;
  const { database } = store;
  const orgId = () => org.orgId;
  const beside = {
    ...clock,
    store,
    topic,
    orgId,
    client: {
      decode: (event: EventAsItCame, signal: AbortSignal) => runOf(deps).client.decode(event, signal),
    },
    patience: usualPatience,
    holder: deps.holder,
    readEvent: (payload: Readonly<Record<string, unknown>>) => readEvent(payload, mapping, org.orgId),
    admit: (tx: StoreTransaction, batch: OutsideBatch) => admitWithin(tx, { firstStep }, batch),
    openClient: (onEvent: (event: ClientEvent) => void) =>
      createPubSubClient({ ...deps.clientOptions, onEvent }),
    readApprovals: (ids: readonly string[], until: AbortSignal) =>
      readApprovals(connection, mapping, ids, until),
    isApproved: (orderStatus: string) => standingOf(orderStatus, mapping) === "approved",
  };
  return [
    orgRoutes(
      orgCommands({
        database,
        signedInTo: () => org.signedInTo,
        expectedOrgId: config.salesforce.orgId,
        mode: config.mode,
        isDisputed: () => org.standing.kind === "disputed",
        now: () => clock.now(),
      }),
    ),
    quarantineRoutes(quarantineCommands(beside)),
    gapRoutes(gapCommands({ database, orgId, topic, sweeper: () => deps.run()?.sweeper })),
    replayRoutes(replayCommands(beside)),
    reconcileRoutes(reconcileCommands(comparison(deps))),
  ];
}

/** What comparing the org, the ledger and the downstreams needs of the other rooms. */
function comparison(deps: CommandDeps): ReconcileCommandDeps {
  const { clock, config, store, org, connection, mapping, topic } = deps;
  return {
    ...clock,
    store,
    modules: deps.modules,
    graceMs: config.sweep.graceMs,
    holder: deps.holder,
    orgId: () => (org.standing.kind === "serving" ? org.standing.deployment.orgId : undefined),
    readApprovalPages: (scope, until) => readApprovalPages(connection, mapping, scope, until),
    readOrders: (ids, until) => readApprovals(connection, mapping, ids, until),
    standingOf: (orderStatus) => orderStandingOf(orderStatus, mapping),
    provisioningStatusOf: (state) => provisioningStatusOf(state, mapping),
    admit: (orgId, found, receivedAt) =>
      admitFound({ store, firstStep }, { orgId, topic }, found, receivedAt),
  };
}

function runOf(deps: CommandDeps): OrgRun {
  const run = deps.run();
  if (run !== undefined) return run;
  throw new CommandRefused(
    "conflict",
    "not_ready",
    "nothing is done for an org right now; /readyz says why.",
  );
}
