import { MessageReader } from "./protobuf.ts";

/** Buffers are windows on the whole response: copy what is kept. */
export type FetchResponse = {
  /** None: a keepalive. */
  readonly events: readonly ConsumerEvent[];
  /** The newest position this stream reached; may be ahead of the last event that was delivered. */
  readonly latestReplayId: Buffer;
  readonly rpcId: string;
  readonly pendingNumRequested: number;
};

export type ConsumerEvent = {
  /** Empty when the response holds none, as all its fields are then. */
  readonly id: string;
  readonly schemaId: string;
  readonly payload: Buffer;
  readonly replayId: Buffer;
};

const none: Buffer = Buffer.alloc(0);

/** `1 events · 2 latest_replay_id · 3 rpc_id · 4 pending_num_requested`. */
export function decodeFetchResponse(bytes: Buffer): FetchResponse {
  const events: ConsumerEvent[] = [];
  let latestReplayId = none;
  let rpcId = "";
  let pendingNumRequested = 0;
  const reader = new MessageReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) events.push(readConsumerEvent(reader.message()));
    else if (field === 2) latestReplayId = reader.bytes();
    else if (field === 3) rpcId = reader.text();
    else if (field === 4) pendingNumRequested = reader.int32();
    else reader.skip();
  }
  return { events, latestReplayId, rpcId, pendingNumRequested };
}

/** `1 event (1 id · 2 schema_id · 3 payload · 4 headers) · 2 replay_id`. */
function readConsumerEvent(reader: MessageReader): ConsumerEvent {
  let id = "";
  let schemaId = "";
  let payload = none;
  let replayId = none;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) replayId = reader.bytes();
    else if (field === 1) {
      const event = reader.message();
      for (let part = event.next(); part !== 0; part = event.next()) {
        if (part === 1) id = event.text();
        else if (part === 2) schemaId = event.text();
        else if (part === 3) payload = event.bytes();
        else event.skip();
      }
    } else reader.skip();
  }
  return { id, schemaId, payload, replayId };
}
