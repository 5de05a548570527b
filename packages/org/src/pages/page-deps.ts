import type { PasswordEntry } from "../auth/password-sign-in.ts";
import type { SessionStore } from "../auth/sessions.ts";
import type { FaultKind } from "../faults/fault-kinds.ts";
import type { FaultMatch } from "../faults/fault-registry.ts";
import type { Actor } from "../org-core.ts";
import type { OrgStage } from "../org-stage.ts";
import type { LiveStreams } from "../pubsub-server/live-streams.ts";
import type { OrgUsage } from "../rest/rest-api.ts";
import type { RealTime } from "../time/org-clock.ts";
import type { WatchedOrg } from "../watch-records.ts";

/** What the pages show, and what their buttons reach. */
export type PageDeps = {
  readonly org: WatchedOrg;
  readonly sessions: SessionStore;
  readonly passwords: readonly PasswordEntry[];
  readonly stage: OrgStage;
  readonly streams: LiveStreams;
  readonly usage: OrgUsage;
  /** Tells whether the org's clock runs beside it, and paces the live parts. */
  readonly realTime: RealTime;
  /** Told of failures that are the emulator's own, in one line. */
  readonly onFault: (text: string) => void;
  /** Copies an Order with its lines and tells the id of the copy. Without it there is no button. */
  readonly cloneOrder?: (actor: Actor, id: string) => string;
  /** Lets a fault bite the open streams at once and tells how many were hit. Without it that is not offered. */
  readonly strike?: (kind: FaultKind, match: FaultMatch) => number;
};
