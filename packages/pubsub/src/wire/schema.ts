import { MessageReader, MessageWriter } from "./protobuf.ts";

export type SchemaRequest = { readonly schemaId: string };
export type SchemaAnswer = {
  readonly schemaJson: string;
  readonly schemaId: string;
  readonly rpcId: string;
};

/** `1 schema_id`. */
export function encodeSchemaRequest({ schemaId }: SchemaRequest): Buffer {
  return new MessageWriter().text(1, schemaId).finish();
}

/** `1 schema_json · 2 schema_id · 3 rpc_id`. */
export function decodeSchemaAnswer(bytes: Buffer): SchemaAnswer {
  const answer = { schemaJson: "", schemaId: "", rpcId: "" };
  const reader = new MessageReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) answer.schemaJson = reader.text();
    else if (field === 2) answer.schemaId = reader.text();
    else if (field === 3) answer.rpcId = reader.text();
    else reader.skip();
  }
  return answer;
}
