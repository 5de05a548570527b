/**
 * - `starting`    signing in, or waiting for the first answer.
 * - `streaming`   subscribed.
 * - `standby`     another process of the deployment reads the topic; this one takes over when that ends.
 * - `backing_off` the stream or the store failed; it is tried again by itself.
 * - `superseded`  another subscriber took the topic over; this one stores nothing any more.
 * - `stopped`     asked to stop, or refused to start.
 */
export type IntakeState = "starting" | "streaming" | "standby" | "backing_off" | "superseded" | "stopped";

/** What the subscription is doing, for health, pages and metrics. */
export class IntakeStatus {
  state: IntakeState = "starting";
  /** Why it is not streaming, and what to do. */
  reason: string | null = null;
  replayId: Uint8Array | null = null;
  lastEventAt: string | null = null;
  movedAtMs: number | null = null;
  received = 0;
  outstandingCredit = 0;

  /** What keeps it from being ready; empty when it streams, or stands by for another process that does. */
  notReady(): readonly string[] {
    if (this.state === "streaming" || this.state === "standby") return [];
    return [`intake is ${this.state}: ${this.reason ?? "no answer from Salesforce yet"}`];
  }

  become(state: IntakeState, reason: string | null = null): void {
    this.state = state;
    this.reason = reason;
  }
}
