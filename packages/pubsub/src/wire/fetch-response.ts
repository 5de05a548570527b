import { MessageReader } from "./protobuf.ts";

export type FetchResponse = {
  /** None: a keepalive. */
  readonly events: readonly ConsumerEvent[];
  /** The newest position this stream reached; may be ahead of the last event that was delivered. */
  readonly latestReplayId: Uint8Array;
  readonly rpcId: string;
  readonly pendingNumRequested: number;
};

/** Whatever the service leaves out is empty. */
export type ConsumerEvent = {
  readonly id: string;
  readonly schemaId: string;
  /** A window on the whole response. */
  readonly payload: Buffer;
  readonly replayId: Uint8Array;
};

const noBuffer = Buffer.alloc(0);
const noBytes = new Uint8Array();

/** `1 events · 2 latest_replay_id · 3 rpc_id · 4 pending_num_requested`. */
export function decodeFetchResponse(bytes: Buffer): FetchResponse {
  const events: ConsumerEvent[] = [];
  let latestReplayId: Uint8Array = noBytes;
  let rpcId = "";
  let pendingNumRequested = 0;
  const reader = new MessageReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) events.push(readConsumerEvent(reader, events.at(-1)?.schemaId ?? ""));
    else if (field === 2) latestReplayId = reader.bytes();
    else if (field === 3) rpcId = reader.text();
    else if (field === 4) pendingNumRequested = reader.int32();
    else reader.skip();
  }
  return { events, latestReplayId, rpcId, pendingNumRequested };
}

/** `1 event (1 id · 2 schema_id · 3 payload · 4 headers) · 2 replay_id`. */
function readConsumerEvent(reader: MessageReader, schemaIdBefore: string): ConsumerEvent {
  let id = "";
  let schemaId = "";
  let payload: Buffer = noBuffer;
  let replayId: Uint8Array = noBytes;
  const response = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) replayId = reader.bytes();
    else if (field === 1) {
      const event = reader.enter();
      for (let part = reader.next(); part !== 0; part = reader.next()) {
        if (part === 1) id = reader.text();
        else if (part === 2) schemaId = reader.textLike(schemaIdBefore);
        else if (part === 3) payload = reader.window();
        else reader.skip();
      }
      reader.leave(event);
    } else reader.skip();
  }
  reader.leave(response);
  return { id, schemaId, payload, replayId };
}
