/** Messages as `@grpc/proto-loader` builds them with `eventBusLoadOptions`: nothing is absent but messages, as null. */

export type ReplayPreset = "LATEST" | "EARLIEST" | "CUSTOM";

/** Replay fields count in the first request of a stream only; `numRequested` adds credit, up to 100 outstanding. */
export type FetchRequest = {
  readonly topicName: string;
  readonly replayPreset?: ReplayPreset;
  readonly replayId?: Uint8Array;
  readonly numRequested: number;
};

export type FetchResponse = {
  /** None: a keepalive. */
  readonly events: readonly ConsumerEvent[];
  /** The newest position this stream reached; may be ahead of the last event that was delivered. */
  readonly latestReplayId: Uint8Array;
  readonly rpcId: string;
  readonly pendingNumRequested: number;
};

export type ConsumerEvent = {
  readonly event: ProducerEvent | null;
  readonly replayId: Uint8Array;
};

export type ProducerEvent = {
  readonly id: string;
  readonly schemaId: string;
  readonly payload: Buffer;
};

export type TopicRequest = { readonly topicName: string };
export type TopicAnswer = {
  readonly topicName: string;
  readonly tenantGuid: string;
  readonly canPublish: boolean;
  readonly canSubscribe: boolean;
  readonly schemaId: string;
  readonly rpcId: string;
};

export type SchemaRequest = { readonly schemaId: string };
export type SchemaAnswer = {
  readonly schemaJson: string;
  readonly schemaId: string;
  readonly rpcId: string;
};

export type PublishRequest = {
  readonly topicName: string;
  readonly events: readonly { readonly schemaId: string; readonly payload: Buffer }[];
};
export type PublishAnswer = {
  readonly results: readonly PublishAnswerResult[];
  readonly schemaId: string;
  readonly rpcId: string;
};
export type PublishAnswerResult = {
  readonly replayId: Uint8Array;
  readonly error: { readonly code: string; readonly msg: string } | null;
  readonly correlationKey: string;
};
