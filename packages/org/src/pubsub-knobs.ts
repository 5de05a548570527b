import type { RpcFailureCode } from "./pubsub-server/failure-codes.ts";

/** An allocation follows from the org's edition; reference `pubsub-api.md`, section 8.3. */
export type OrgEdition = "developer" | "enterprise" | "unlimited";

/** Who may not do what with an event. Section 3.3: subscribing needs Read on it, publishing needs Create. */
export type EventDenial = {
  /** 18-character user id; without it nobody may. */
  readonly userId?: string;
  /** The topic, such as `/event/Name__e`. */
  readonly topic: string;
  /** `see`: GetTopic and everything else; `subscribe`, `publish`: only that. */
  readonly right: "see" | "subscribe" | "publish";
};

/**
 * Everything about the Pub/Sub API that is uncertain, unpublished or differs between orgs. Numbers in brackets are the
 * sections of the reference `pubsub-api.md`; all times run on the org's clock.
 */
export type PubSubKnobs = {
  /** Longest silence while a stream has credit [3.2]. Observed 60,000; the contract says 270,000. */
  readonly keepaliveMs: number;
  /** A stream without credit is closed with OK after this long [3.2]; 60,000. */
  readonly zeroCreditCloseMs: number;
  /** A PublishStream without a publish is swept after this long [5.3]: 70,000 by the proto, 1,800,000 by the docs. */
  readonly publishStreamIdleMs: number;
  /** Streams end with OK at this age; null: never, as no lifetime is published [3.5]. */
  readonly maxStreamAgeMs: number | null;
  /** Events in one response at most [3.1]. */
  readonly maxBatchSize: number;
  /** Makes responses of one to `maxBatchSize` events, by chance but the same for the same number; null: full ones. */
  readonly batchSeed: number | null;
  /** Refuses credit beyond 100 with `subscription.fetch.overflow` instead of capping it [3.1]. */
  readonly refusesOverflow: boolean;
  /** FetchRequests of one stream in one minute before `service.protection.stream.limit.triggered` [3.1]; null: any. */
  readonly maxRequestsPerMinute: number | null;
  /** Streams in the org before `concurrent.client.limit.exceeded` [8.3]; null: any. */
  readonly maxClients: number | null;
  /** Publish calls of the org in one minute before `service.protection.triggered` [8.1]; null: any. */
  readonly maxPublishCallsPerMinute: number | null;
  /** Whether `auth_refresh` must hold a live token; otherwise it is ignored [3.4]. */
  readonly checksAuthRefresh: boolean;
  /** Whether the end of a session ends its live streams with `service.auth.error` [3.4]. */
  readonly revocationEndsStreams: boolean;
  readonly denied: readonly EventDenial[];
  /** gRPC status of codes for which none was observed [5.2]. */
  readonly statuses: Readonly<Partial<Record<RpcFailureCode, number>>>;
  /** When the server notices that nobody is behind a half-open connection any more. */
  readonly deadPeerMs: number;
  /** Pings that follow closer are answered with GOAWAY `too_many_pings` [1.2]; null: any. */
  readonly minPingIntervalMs: number | null;
  /** `long`: `tenantid` must have the 18-character id, as third parties say [1.3]. */
  readonly tenantId: "any" | "long";
  /** Length of the ids that are given out [4]: 10 since 2025, 8 before. */
  readonly replayIdBytes: 8 | 10;
  /** The last two bytes of a 10-byte id; observed 0 [4]. */
  readonly replayIdTail: number;
  /** Whether the first 8 bytes of a 10-byte id do as well, as popular clients send them [4]. */
  readonly acceptsShortReplayIds: boolean;
  /** Whether ids between known ones do, although nobody was given them [4]. */
  readonly acceptsUnissuedReplayIds: boolean;
  /** How long events are kept [4]; 72 hours. */
  readonly retentionMs: number;
  /** How much later they are really purged; until then they can be read [4]. */
  readonly purgeLagMs: number;
  /** The bus is shared: its newest id moves on this often by itself [3.2]. */
  readonly idAdvanceMs: number;
  /** Says the allocations [8.3]. */
  readonly edition: OrgEdition;
  /** Other allocations than those of the edition. */
  readonly allocations: { readonly publishPerHour?: number; readonly deliverPerDay?: number };
  /** When a change of a managed subscription reaches the Pub/Sub API [7]; up to 120,000 in the service. */
  readonly managedPropagationMs: number;
  /** The doc kind of long text on events [6.1]. */
  readonly longTextDoc: "StringPlusClob" | "Text";
  /** What a Date counts in [6.1]. */
  readonly dateUnit: "milliseconds" | "days";
  /** The order of the fields of a schema [6.1]: that of the metadata files, or the other way round. */
  readonly fieldOrder: "files" | "reversed";
};

export const defaultKnobs: PubSubKnobs = {
  keepaliveMs: 60_000,
  zeroCreditCloseMs: 60_000,
  publishStreamIdleMs: 70_000,
  maxStreamAgeMs: null,
  maxBatchSize: 100,
  batchSeed: null,
  refusesOverflow: false,
  maxRequestsPerMinute: null,
  maxClients: null,
  maxPublishCallsPerMinute: null,
  checksAuthRefresh: false,
  revocationEndsStreams: false,
  denied: [],
  statuses: {},
  deadPeerMs: 60_000,
  minPingIntervalMs: null,
  tenantId: "any",
  replayIdBytes: 10,
  replayIdTail: 0,
  acceptsShortReplayIds: true,
  acceptsUnissuedReplayIds: false,
  retentionMs: 72 * 3_600_000,
  purgeLagMs: 0,
  idAdvanceMs: 20_000,
  edition: "enterprise",
  allocations: {},
  managedPropagationMs: 0,
  longTextDoc: "StringPlusClob",
  dateUnit: "milliseconds",
  fieldOrder: "files",
};
