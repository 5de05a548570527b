import { decodeFetchResponse } from "./fetch-response.ts";
import type { FetchResponse } from "./fetch-response.ts";
import { encodeFetchRequest } from "./fetch-request.ts";
import type { FetchRequest } from "./fetch-request.ts";
import { decodePublishAnswer, encodePublishRequest } from "./publish.ts";
import type { PublishAnswer, PublishRequest } from "./publish.ts";
import { decodeSchemaAnswer, encodeSchemaRequest } from "./schema.ts";
import type { SchemaAnswer, SchemaRequest } from "./schema.ts";
import { decodeTopicAnswer, encodeTopicRequest } from "./topic.ts";
import type { TopicAnswer, TopicRequest } from "./topic.ts";

/** An rpc of `eventbus.v1.PubSub`: its path, and how its messages are written and read. */
export type Method<Request, Answer> = {
  readonly path: string;
  readonly encode: (request: Request) => Buffer;
  readonly decode: (bytes: Buffer) => Answer;
};

const service = "/eventbus.v1.PubSub";

export const methods = {
  Subscribe: method<FetchRequest, FetchResponse>("Subscribe", encodeFetchRequest, decodeFetchResponse),
  GetTopic: method<TopicRequest, TopicAnswer>("GetTopic", encodeTopicRequest, decodeTopicAnswer),
  GetSchema: method<SchemaRequest, SchemaAnswer>("GetSchema", encodeSchemaRequest, decodeSchemaAnswer),
  Publish: method<PublishRequest, PublishAnswer>("Publish", encodePublishRequest, decodePublishAnswer),
  PublishStream: method<PublishRequest, PublishAnswer>(
    "PublishStream",
    encodePublishRequest,
    decodePublishAnswer,
  ),
};

export type RpcName = keyof typeof methods;
export type UnaryRpcName = "GetTopic" | "GetSchema" | "Publish";

type MethodOf<Name extends RpcName> = (typeof methods)[Name];
export type RequestOf<Name extends RpcName> = Parameters<MethodOf<Name>["encode"]>[0];
export type AnswerOf<Name extends RpcName> = ReturnType<MethodOf<Name>["decode"]>;

function method<Request, Answer>(
  name: string,
  encode: (request: Request) => Buffer,
  decode: (bytes: Buffer) => Answer,
): Method<Request, Answer> {
  return { path: `${service}/${name}`, encode, decode };
}
