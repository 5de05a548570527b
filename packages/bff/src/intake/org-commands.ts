import { CommandRefused } from "../orders/command-refused.ts";
import { recordAct } from "../store/act.ts";
import type { Database } from "../store/database.ts";
import type { Deployment, Mode } from "../store/deployment.ts";
import { adoptOtherOrg, orderMode, readDeployment, readFormerDeployments } from "../store/deployment.ts";
import type { ObservedCounts } from "../store/observed-orders.ts";
import { countObserved } from "../store/observed-orders.ts";

/** Which org is served, how, and whether Salesforce agrees. */
export type OrgView = {
  readonly deployment: Deployment | null;
  /** The org that Salesforce signs us in to; null before it did. */
  readonly signedInTo: string | null;
  /** True when nothing is done because another org than the adopted one answers. */
  readonly disputed: boolean;
  readonly former: readonly Deployment[];
  readonly observed: ObservedCounts;
};

export type AdoptOrder = {
  readonly orgId: string;
  /** ISO 8601; null means now. */
  readonly goLiveAt: string | null;
  readonly actor: string;
  readonly dryRun: boolean;
};

export type GoLiveOrder = {
  readonly mode: Mode;
  /** ISO 8601; null means now. */
  readonly at: string | null;
  readonly actor: string;
  readonly dryRun: boolean;
};

/** What was, and what is now, or would be with a dry run. */
export type DeploymentChange = {
  readonly dryRun: boolean;
  readonly before: Deployment;
  readonly after: Deployment;
  readonly observed: ObservedCounts;
};

export type OrgCommands = {
  view(): Promise<OrgView>;
  /** @throws {CommandRefused} `org_not_signed_in`, `org_already_served`, `go_live_in_the_past`, `not_started` */
  adopt(order: AdoptOrder): Promise<DeploymentChange>;
  /** @throws {CommandRefused} `already_live`, `already_observing`, `go_live_in_the_past`, `not_started` */
  goLive(order: GoLiveOrder): Promise<DeploymentChange>;
};

export type OrgCommandDeps = {
  readonly database: Database;
  signedInTo(): string | undefined;
  /** `SALESFORCE_ORG_ID`. */
  readonly expectedOrgId: string | null;
  /** `SLUICE_MODE`. */
  readonly mode: Mode;
  isDisputed(): boolean;
  now(): number;
};

export function orgCommands(deps: OrgCommandDeps): OrgCommands {
  const { database } = deps;

  async function served(): Promise<Deployment> {
    const deployment = await readDeployment(database);
    if (deployment !== undefined) return deployment;
    throw new CommandRefused(
      "conflict",
      "not_started",
      "this store serves no org yet: wait for the first sign-in.",
    );
  }

  /**
   * Whatever was approved before stays as it is: a moment in the past would start it. The next whole second, because
   * Salesforce's times have no fractions: an approval in the second that has begun could be from before the order.
   */
  function moment(given: string | null): string {
    const wanted = given === null ? deps.now() : Date.parse(given);
    if (wanted >= deps.now() - 1_000) return new Date(Math.ceil(wanted / 1_000) * 1_000).toISOString();
    throw new CommandRefused(
      "invalid",
      "go_live_in_the_past",
      `${given} is over: approvals since then were received and not started, and would never be. Name a moment to come, or none for now.`,
    );
  }

  return {
    view: async () => {
      const deployment = (await readDeployment(database)) ?? null;
      return {
        deployment,
        signedInTo: deps.signedInTo() ?? null,
        disputed: deps.isDisputed(),
        former: await readFormerDeployments(database),
        observed: await countObserved(database, deployment?.orgId ?? ""),
      };
    },

    async adopt({ orgId, goLiveAt, actor, dryRun }) {
      const before = await served();
      if (before.orgId === orgId) {
        throw new CommandRefused(
          "conflict",
          "org_already_served",
          `${orgId} is the org that is served already.`,
        );
      }
      const expected = [deps.signedInTo(), deps.expectedOrgId ?? undefined];
      const other = expected.find((id) => id !== undefined && id !== orgId);
      if (other !== undefined || deps.signedInTo() === undefined) {
        throw new CommandRefused(
          "conflict",
          "org_not_signed_in",
          `Salesforce signs us in to ${deps.signedInTo() ?? "no org yet"}, and SALESFORCE_ORG_ID is ${deps.expectedOrgId ?? "not set"}: only the org that both say can be adopted. Correct the configuration first.`,
        );
      }
      const after: Deployment = {
        orgId,
        goLiveAt: moment(goLiveAt),
        mode: deps.mode,
        modeSetBy: "environment",
        isSandbox: null,
      };
      if (!dryRun) {
        await database.transaction(async (tx) => {
          await adoptOtherOrg(tx, after);
          const detail = { from: before.orgId, to: orgId, goLiveAt: after.goLiveAt };
          await recordAct(tx, { orgId, actor, kind: "org_adopted", detail });
        });
      }
      return { dryRun, before, after, observed: await countObserved(database, before.orgId) };
    },

    async goLive({ mode, at, actor, dryRun }) {
      const before = await served();
      if (before.mode === mode) {
        throw mode === "live"
          ? new CommandRefused(
              "conflict",
              "already_live",
              `live since ${before.goLiveAt}: there is nothing to switch over.`,
            )
          : new CommandRefused(
              "conflict",
              "already_observing",
              "observing already: there is nothing to switch.",
            );
      }
      // Going back to observing leaves the moment: what was approved since then is known.
      const goLiveAt = mode === "live" ? moment(at) : null;
      const after: Deployment = {
        ...before,
        mode,
        modeSetBy: "command",
        goLiveAt: goLiveAt ?? before.goLiveAt,
      };
      if (!dryRun) {
        await database.transaction(async (tx) => {
          await orderMode(tx, mode, goLiveAt);
          const detail = { mode, goLiveAt: after.goLiveAt };
          await recordAct(tx, { orgId: before.orgId, actor, kind: "go_live_ordered", detail });
        });
      }
      return { dryRun, before, after, observed: await countObserved(database, before.orgId) };
    },
  };
}
