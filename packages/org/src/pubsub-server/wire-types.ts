/** The messages of `eventbus.v1` as the proto loader hands them over: camel case, absent scalars as defaults. */
export type FetchRequest = {
  readonly topicName: string;
  readonly replayPreset: "LATEST" | "EARLIEST" | "CUSTOM";
  readonly replayId: Uint8Array;
  readonly numRequested: number;
  /** Internal to the service. */
  readonly authRefresh?: string;
};

export type ProducerEvent = {
  readonly id: string;
  readonly schemaId: string;
  readonly payload: Uint8Array;
};

export type ConsumerEvent = { readonly event: ProducerEvent; readonly replayId: Uint8Array };

export type FetchResponse = {
  readonly events: readonly ConsumerEvent[];
  readonly latestReplayId: Uint8Array;
  readonly rpcId: string;
  readonly pendingNumRequested: number;
};

export type TopicRequest = { readonly topicName: string };
export type TopicInfo = {
  readonly topicName: string;
  readonly tenantGuid: string;
  readonly canPublish: boolean;
  readonly canSubscribe: boolean;
  readonly schemaId: string;
  readonly rpcId: string;
};

export type SchemaRequest = { readonly schemaId: string };
export type SchemaInfo = { readonly schemaJson: string; readonly schemaId: string; readonly rpcId: string };

export type PublishRequest = {
  readonly topicName: string;
  readonly events: readonly ProducerEvent[];
  /** Internal to the service. */
  readonly authRefresh?: string;
};
export type PublishResult =
  | { readonly replayId: Uint8Array; readonly correlationKey: string }
  | { readonly error: { readonly code: "PUBLISH"; readonly msg: string }; readonly correlationKey: string };
export type PublishResponse = {
  readonly results: readonly PublishResult[];
  readonly schemaId: string;
  readonly rpcId: string;
};

export type CommitReplayRequest = { readonly commitRequestId: string; readonly replayId: Uint8Array };
export type CommitReplayResponse = {
  readonly commitRequestId: string;
  readonly replayId: Uint8Array;
  readonly error?: { readonly code: "COMMIT"; readonly msg: string };
  /** Milliseconds since 1970, as text because it is a 64-bit number. */
  readonly processTime: string;
};

export type ManagedFetchRequest = {
  readonly subscriptionId: string;
  readonly developerName: string;
  readonly numRequested: number;
  /** Internal to the service. */
  readonly authRefresh?: string;
  readonly commitReplayIdRequest: CommitReplayRequest | null;
};
export type ManagedFetchResponse = FetchResponse & { readonly commitResponse?: CommitReplayResponse };
