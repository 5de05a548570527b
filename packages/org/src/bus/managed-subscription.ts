/** The start of a managed subscription that has no committed position, or an invalid one. */
export type ManagedReplay = "LATEST" | "EARLIEST";

/** What the metadata or the Tooling API says of a managed subscription (reference `pubsub-api.md`, section 7). */
export type ManagedSubscriptionConfig = {
  readonly developerName: string;
  readonly label: string;
  /** Cannot be changed. */
  readonly topicName: string;
  readonly defaultReplay: ManagedReplay;
  readonly errorRecoveryReplay: ManagedReplay;
  /** STOP disconnects the client and forgets the committed position. */
  readonly state: "RUN" | "STOP";
  readonly version: string;
};

export type ManagedSubscription = ManagedSubscriptionConfig & {
  /** 18 characters, beginning with `18x`. */
  readonly id: string;
  /** The replay id as it was committed, byte for byte. */
  readonly committed: Uint8Array | null;
};
