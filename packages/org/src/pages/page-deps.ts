import type { PasswordEntry } from "../auth/password-sign-in.ts";
import type { SessionStore } from "../auth/sessions.ts";
import type { StrikeStreams } from "../control/fault-routes.ts";
import type { OrgStage } from "../org-stage.ts";
import type { LiveStreams } from "../pubsub-server/live-streams.ts";
import type { RealTime } from "../time/org-clock.ts";
import type { WatchedOrg } from "../watch-records.ts";

/** What the pages show, and what their buttons reach. */
export type PageDeps = {
  readonly org: WatchedOrg;
  readonly sessions: SessionStore;
  readonly passwords: readonly PasswordEntry[];
  readonly stage: OrgStage;
  readonly streams: LiveStreams;
  /** Tells whether the org's clock runs beside it, and paces the live parts. */
  readonly realTime: RealTime;
  /** Told of failures that are the emulator's own, in one line. */
  readonly onFault: (text: string) => void;
  readonly strike: StrikeStreams;
};
