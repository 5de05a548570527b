import type { SessionStore } from "../auth/sessions.ts";
import type { FaultRegistry } from "../faults/fault-registry.ts";
import type { OrgLog } from "../log/org-log.ts";
import type { OrgCore } from "../org-core.ts";
import type { PubSubKnobs } from "../pubsub-knobs.ts";
import type { OrgClock } from "../time/org-clock.ts";
import type { LiveStreams } from "./live-streams.ts";
import type { TcpRelay } from "./tcp-relay.ts";

/** What every call of the Pub/Sub server may need. */
export type PubSubServices = {
  readonly core: OrgCore;
  readonly sessions: SessionStore;
  /** Shows every open stream. */
  readonly streams: LiveStreams;
  readonly clock: OrgClock;
  readonly faults: FaultRegistry;
  readonly log: OrgLog;
  readonly knobs: PubSubKnobs;
  /** The connections; there from before the first call. */
  readonly relay: () => Pick<TcpRelay, "connectionOf">;
  /** Told of failures that are the emulator's own, in one line. */
  readonly onFault: (text: string) => void;
};
