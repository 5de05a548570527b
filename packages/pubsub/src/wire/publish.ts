import { MessageReader, MessageWriter } from "./protobuf.ts";

export type PublishRequest = {
  readonly topicName: string;
  readonly events: readonly ProducerEvent[];
};

export type ProducerEvent = { readonly id: string; readonly schemaId: string; readonly payload: Uint8Array };

export type PublishAnswer = {
  /** In the order of the request. */
  readonly results: readonly PublishAnswerResult[];
  readonly schemaId: string;
  readonly rpcId: string;
};

export type PublishAnswerResult = {
  readonly replayId: Uint8Array;
  /** What the service says about an event that it refuses. */
  readonly error: string | null;
  readonly correlationKey: string;
};

/** `1 topic_name · 2 events (1 id · 2 schema_id · 3 payload)`; 3 is internal to Salesforce. */
export function encodePublishRequest({ topicName, events }: PublishRequest): Buffer {
  const writer = new MessageWriter().text(1, topicName);
  for (const { id, schemaId, payload } of events) {
    writer.message(2, new MessageWriter().text(1, id).text(2, schemaId).bytes(3, payload).finish());
  }
  return writer.finish();
}

/** `1 results · 2 schema_id · 3 rpc_id`. */
export function decodePublishAnswer(bytes: Buffer): PublishAnswer {
  const results: PublishAnswerResult[] = [];
  let schemaId = "";
  let rpcId = "";
  const reader = new MessageReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) results.push(readResult(reader));
    else if (field === 2) schemaId = reader.text();
    else if (field === 3) rpcId = reader.text();
    else reader.skip();
  }
  return { results, schemaId, rpcId };
}

/** `1 replay_id · 2 error (1 code · 2 msg) · 3 correlation_key`. */
function readResult(reader: MessageReader): PublishAnswerResult {
  const result = {
    replayId: new Uint8Array() as Uint8Array,
    error: null as string | null,
    correlationKey: "",
  };
  const answer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) result.replayId = reader.bytes();
    else if (field === 2) {
      result.error = "";
      const error = reader.enter();
      // The code says that it is about publishing, which is known: an error is one when the message is there.
      for (let part = reader.next(); part !== 0; part = reader.next()) {
        if (part === 2) result.error = reader.text();
        else reader.skip();
      }
      reader.leave(error);
    } else if (field === 3) result.correlationKey = reader.text();
    else reader.skip();
  }
  reader.leave(answer);
  return result;
}
