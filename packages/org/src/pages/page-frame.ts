import type { OrgUser } from "../auth/users.ts";
import type { OrgCore } from "../org-core.ts";
import type { PageDeps } from "./page-deps.ts";

export type Section = "records" | "events" | "faults" | "setup";

/** What stands around the content of every page. */
export type PageFrame = {
  readonly userName: string;
  readonly orgName: string;
  /** Where the first item of the navigation leads. */
  readonly home: { readonly label: string; readonly path: string };
  readonly clock: ClockView;
  readonly armedFaults: number;
};

export type ClockView = {
  readonly nowMs: number;
  readonly rate: number;
  /** False when the clock was set, stopped or sped up. */
  readonly isBesideRealTime: boolean;
};

/** A difference that is no more than the time between two readings. */
const toleranceMs = 1_000;

export function frameOf(deps: PageDeps, user: OrgUser): PageFrame {
  const { core } = deps.org;
  return {
    userName: user.name,
    orgName: String([...core.all("Organization")][0]?.["Name"] ?? "Org"),
    home: homeOf(core),
    clock: viewClock(deps),
    armedFaults: deps.stage.faults.list().length,
  };
}

export function viewClock({ stage, realTime }: Pick<PageDeps, "stage" | "realTime">): ClockView {
  const { nowMs, rate } = stage.clock.state;
  const isBesideRealTime = rate === 1 && Math.abs(nowMs - realTime.now()) < toleranceMs;
  return { nowMs, rate, isBesideRealTime };
}

/** Orders where there are any; a project without orders starts with its own first object. */
export function homeOf(core: OrgCore): PageFrame["home"] {
  const orders = { label: "Orders", path: "/" };
  const [firstOrder] = core.all("Order");
  if (firstOrder !== undefined) return orders;
  const own = [...core.schema.objects.values()].find(
    ({ kind, name }) => kind === "object" && name.endsWith("__c"),
  );
  return own === undefined ? orders : { label: own.pluralLabel ?? own.label, path: `/records/${own.name}` };
}
