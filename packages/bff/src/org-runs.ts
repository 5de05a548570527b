import type { PubSubClient } from "@sluice/pubsub";
import type { Sweeper } from "./intake/sweep.ts";
import type { OrgStanding, OrgWatch } from "./org-watch.ts";
import { StartError } from "./start-error.ts";
import type { Deployment } from "./store/deployment.ts";

const RETRY_MS = 2_000;

/** Everything that works for one org: intake, steps, write-back. */
export type OrgRun = {
  /** Of this org only: a client takes no session of another one. */
  readonly client: PubSubClient;
  readonly sweeper: Sweeper;
  close(): Promise<void>;
};

export type OrgRunsDeps = {
  readonly watch: OrgWatch;
  /** Opens a run; waits that it needs end with the signal. */
  open(deployment: Deployment, signal: AbortSignal): Promise<OrgRun>;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  onDisputed(standing: Extract<OrgStanding, { readonly kind: "disputed" }>): void;
  onProblem(message: string): void;
};

/**
 * Keeps one run open for the org that is served, and none while that is disputed. What is ordered about the org or the
 * mode ends the run and opens the next.
 */
export class OrgRuns {
  readonly #deps: OrgRunsDeps;
  #run: OrgRun | undefined;
  #following: Promise<void> | undefined;

  constructor(deps: OrgRunsDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves once the first run is open, or cannot be because the org is disputed; follows until `signal` aborts.
   *
   * @throws {StartError} when the run is refused.
   */
  async start(signal: AbortSignal): Promise<void> {
    const changed = this.#deps.watch.untilChanged();
    await this.#open(changed, signal);
    this.#following = this.#follow(changed, signal);
  }

  /** Undefined while nothing is done. */
  get current(): OrgRun | undefined {
    return this.#run;
  }

  /** Ends the run; `start`'s signal has to abort as well. */
  async close(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    await run?.close();
    await this.#following;
  }

  async #follow(first: Promise<void>, signal: AbortSignal): Promise<void> {
    const stopped = untilAborted(signal);
    let changed = first;
    for (;;) {
      await Promise.race([changed, stopped]);
      if (signal.aborted) return;
      await this.#run?.close();
      this.#run = undefined;
      changed = this.#deps.watch.untilChanged();
      try {
        await this.#open(changed, signal);
      } catch (error) {
        this.#deps.onProblem(error instanceof Error ? error.message : String(error));
        // A refusal stands until somebody orders something else; everything else is tried again.
        if (!(error instanceof StartError)) {
          changed = Promise.race([changed, this.#deps.sleep(RETRY_MS, signal).catch(() => undefined)]);
        }
      }
    }
  }

  async #open(changed: Promise<void>, signal: AbortSignal): Promise<void> {
    const { standing } = this.#deps.watch;
    if (standing.kind === "disputed") this.#deps.onDisputed(standing);
    if (standing.kind !== "serving") return;
    const outdated = new AbortController();
    void changed.then(() => outdated.abort());
    try {
      const run = await this.#deps.open(standing.deployment, AbortSignal.any([signal, outdated.signal]));
      if (signal.aborted) await run.close();
      else this.#run = run;
    } catch (error) {
      if (error instanceof StartError || !outdated.signal.aborted) throw error;
    }
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
