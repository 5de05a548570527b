import type { Session, TokenSource } from "@sluice/pubsub";
import type { Clock } from "./clock.ts";
import { StartError } from "./start-error.ts";
import type { Database } from "./store/database.ts";
import type { Deployment, Mode } from "./store/deployment.ts";
import { adoptAtFirstStart, followEnvironmentMode, readDeployment } from "./store/deployment.ts";

const LOOK_MS = 1_000;
/** How often it is tried whether Salesforce signs us in to the adopted org again. */
const SIGN_IN_AGAIN_MS = 30_000;

/**
 * Whether work may be done, and for which org:
 * - `unknown`  the store serves no org yet; left by the first sign-in.
 * - `serving`  Salesforce signs us in to the adopted org, or has not said otherwise.
 * - `disputed` Salesforce signs us in to another org, or the configuration names another: nothing is read, started or
 *              written until somebody adopts that org, or the sign-in leads to the adopted one again.
 */
export type OrgStanding =
  | { readonly kind: "unknown" }
  | { readonly kind: "serving"; readonly deployment: Deployment }
  | { readonly kind: "disputed"; readonly deployment: Deployment; readonly otherOrgId: string };

export type OrgWatchDeps = {
  readonly database: Database;
  readonly sessions: TokenSource;
  readonly clock: Clock;
  /** `SALESFORCE_ORG_ID`: any other org is refused; null takes the one that we are signed in to. */
  readonly expectedOrgId: string | null;
  /** ISO 8601; needed when the store is fresh. */
  readonly goLiveAt: string | null;
  readonly mode: Mode;
  /** Resolves after `delayMs`, when the ledger changed, or when the signal aborts. */
  waitForChange(delayMs: number, signal: AbortSignal): Promise<void>;
  onWaiting(reason: string): void;
};

/** Knows the org that the store serves, and keeps every session of another org from being used. */
export class OrgWatch {
  readonly #deps: OrgWatchDeps;
  #standing: OrgStanding = { kind: "unknown" };
  #signedInTo: string | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(deps: OrgWatchDeps) {
    this.#deps = deps;
  }

  get standing(): OrgStanding {
    return this.#standing;
  }

  /** The org that the store serves; undefined before the first start. */
  get orgId(): string | undefined {
    return this.#standing.kind === "unknown" ? undefined : this.#standing.deployment.orgId;
  }

  /** The org that Salesforce signed us in to last; undefined before it did. */
  get signedInTo(): string | undefined {
    return this.#signedInTo;
  }

  /** Resolves at the next change of the standing. */
  untilChanged(): Promise<void> {
    return this.#changed.promise;
  }

  /** The sessions for everybody: one of another org is refused, and stops the work. */
  get sessions(): TokenSource {
    const { sessions } = this.#deps;
    return {
      get: async (signal) => {
        const session = await this.#signIn(signal);
        const refusal = this.#refusalOf(session);
        if (refusal !== undefined) throw refusal;
        return session;
      },
      invalidate: (session) => sessions.invalidate(session),
    };
  }

  /**
   * Resolves once the store serves an org. A fresh store is tied to the org that Salesforce signs us in to.
   *
   * @throws {StartError} `go_live_missing`, `wrong_org`
   */
  async begin(signal: AbortSignal): Promise<void> {
    const { database, clock, goLiveAt, mode } = this.#deps;
    await followEnvironmentMode(database, mode);
    if ((await readDeployment(database)) === undefined && goLiveAt === null) throw goLiveMissing(clock.now());
    while ((await this.look()).kind === "unknown") {
      try {
        const session = await this.sessions.get(signal);
        await adoptAtFirstStart(database, session.orgId, goLiveAt ?? "", mode);
      } catch (error) {
        if (signal.aborted || error instanceof StartError) throw error;
        this.#deps.onWaiting(error instanceof Error ? error.message : String(error));
        await clock.sleep(LOOK_MS, signal);
      }
    }
  }

  /** Follows what is ordered, here or in another process, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const deps = this.#deps;
    let signInAtMs = deps.clock.now() + SIGN_IN_AGAIN_MS;
    while (!signal.aborted) {
      await deps.waitForChange(LOOK_MS, signal);
      if (signal.aborted) return;
      try {
        const { kind } = await this.look();
        if (kind !== "disputed") continue;
        if (this.#signedInTo !== undefined && deps.clock.now() < signInAtMs) continue;
        signInAtMs = deps.clock.now() + SIGN_IN_AGAIN_MS;
        if (this.#signedInTo !== undefined) deps.sessions.invalidate(await this.#signIn(signal));
        await this.#signIn(signal);
      } catch (error) {
        if (!signal.aborted) deps.onWaiting(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** Reads the deployment anew and says where we stand. */
  async look(): Promise<OrgStanding> {
    const deployment = await readDeployment(this.#deps.database);
    if (deployment !== undefined) this.#become(this.#judge(deployment));
    return this.#standing;
  }

  async #signIn(signal: AbortSignal): Promise<Session> {
    const session = await this.#deps.sessions.get(signal);
    this.#signedInTo = session.orgId;
    return session;
  }

  #judge(deployment: Deployment): OrgStanding {
    const { expectedOrgId } = this.#deps;
    const others = [expectedOrgId ?? undefined, this.#signedInTo];
    const otherOrgId = others.find((id) => id !== undefined && id !== deployment.orgId);
    return otherOrgId === undefined
      ? { kind: "serving", deployment }
      : { kind: "disputed", deployment, otherOrgId };
  }

  #refusalOf(session: Session): StartError | undefined {
    const expected = this.#deps.expectedOrgId ?? this.orgId;
    if (this.#standing.kind !== "unknown") this.#become(this.#judge(this.#standing.deployment));
    if (this.#standing.kind === "disputed") return new StartError("wrong_org", disputeOf(this.#standing));
    if (expected === undefined || session.orgId === expected) return undefined;
    return new StartError(
      "wrong_org",
      `Salesforce signed us in to org ${session.orgId}, but SALESFORCE_ORG_ID says ${expected}. Nothing is read or written. ` +
        "Correct SALESFORCE_LOGIN_URL or SALESFORCE_ORG_ID.",
    );
  }

  #become(next: OrgStanding): void {
    if (isSame(this.#standing, next)) return;
    this.#standing = next;
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}

/** What an operator reads. */
export function disputeOf(standing: Extract<OrgStanding, { readonly kind: "disputed" }>): string {
  const { deployment, otherOrgId } = standing;
  return (
    `this store serves org ${deployment.orgId}, but Salesforce or SALESFORCE_ORG_ID says ${otherOrgId}. Nothing is read, started or written. ` +
    `Point SALESFORCE_LOGIN_URL and SALESFORCE_ORG_ID back to ${deployment.orgId}, or, when ${otherOrgId} shall be served from now on, run \`sluice org adopt ${otherOrgId}\`.`
  );
}

function isSame(a: OrgStanding, b: OrgStanding): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function goLiveMissing(nowMs: number): StartError {
  return new StartError(
    "go_live_missing",
    "this store is new, and nobody said from when on approvals count. Set SLUICE_GO_LIVE to a time with a zone, such as " +
      `${new Date(nowMs).toISOString()}: whatever was approved before it is noted and never started.`,
  );
}
