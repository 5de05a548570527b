import { MessageReader, MessageWriter } from "./protobuf.ts";

export type TopicRequest = { readonly topicName: string };
export type TopicAnswer = {
  readonly topicName: string;
  readonly tenantGuid: string;
  readonly canPublish: boolean;
  readonly canSubscribe: boolean;
  /** Empty for a channel that carries several kinds of events. */
  readonly schemaId: string;
  readonly rpcId: string;
};

/** `1 topic_name`. */
export function encodeTopicRequest({ topicName }: TopicRequest): Buffer {
  return new MessageWriter().text(1, topicName).finish();
}

/** `1 topic_name · 2 tenant_guid · 3 can_publish · 4 can_subscribe · 5 schema_id · 6 rpc_id`. */
export function decodeTopicAnswer(bytes: Buffer): TopicAnswer {
  const answer = {
    topicName: "",
    tenantGuid: "",
    canPublish: false,
    canSubscribe: false,
    schemaId: "",
    rpcId: "",
  };
  const reader = new MessageReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) answer.topicName = reader.text();
    else if (field === 2) answer.tenantGuid = reader.text();
    else if (field === 3) answer.canPublish = reader.bool();
    else if (field === 4) answer.canSubscribe = reader.bool();
    else if (field === 5) answer.schemaId = reader.text();
    else if (field === 6) answer.rpcId = reader.text();
    else reader.skip();
  }
  return answer;
}
