import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgCore } from "../org-core.ts";
import { findObject } from "./find-object.ts";
import { RestError, notFound } from "./rest-error.ts";

const formatQuery = z.object({ payloadFormat: z.enum(["EXPANDED", "COMPACT"]).default("EXPANDED") });
const avroRecord = z.object({
  name: z.string(),
  namespace: z.string(),
  type: z.literal("record"),
  fields: z.array(z.record(z.string(), z.unknown())),
});

/**
 * The schemas of platform events over REST. COMPACT is the Avro schema of the Pub/Sub API with its id as `uuid`;
 * EXPANDED, the default, describes the JSON form of the Streaming API, in which times are text.
 */
export function registerEventSchemaRoutes(scope: FastifyInstance, core: OrgCore): void {
  scope.get("/sobjects/:object/eventSchema", (request) => {
    const { object: name } = z.object({ object: z.string() }).parse(request.params);
    const object = findObject(core, name);
    const topic = core.bus.topic(`/event/${object.name}`);
    if (object.kind !== "event" || topic === undefined) throw notFound();
    return describe(core, topic.schemaId, request.query);
  });

  scope.get("/event/eventSchema/:schemaId", (request) => {
    const { schemaId } = z.object({ schemaId: z.string() }).parse(request.params);
    return describe(core, schemaId, request.query);
  });
}

function describe(core: OrgCore, schemaId: string, query: unknown): object {
  const format = formatQuery.safeParse(query);
  if (!format.success) {
    throw new RestError(400, "INVALID_FIELD", "payloadFormat must be EXPANDED or COMPACT", ["payloadFormat"]);
  }
  const json = core.bus.schemaJson(schemaId);
  if (json === undefined) throw notFound();
  const schema = avroRecord.parse(JSON.parse(json));
  return format.data.payloadFormat === "COMPACT" ? { ...schema, uuid: schemaId } : expand(schema);
}

function expand({ name, namespace, fields }: z.output<typeof avroRecord>): object {
  const payload = {
    type: "record",
    name: "Payload",
    doc: "",
    fields: fields.map((field) => ({ ...field, type: textForTimes(field["type"]) })),
  };
  const event = { type: "record", name: "Event", fields: [{ name: "replayId", type: "long" }] };
  const data = {
    type: "record",
    name: "Data",
    namespace: "",
    fields: [
      { name: "schema", type: "string" },
      { name: "payload", type: payload },
      { name: "event", type: event },
    ],
  };
  return {
    name,
    namespace,
    type: "expanded-record",
    fields: [
      { name: "data", type: data },
      { name: "channel", type: "string" },
    ],
  };
}

function textForTimes(type: unknown): unknown {
  if (Array.isArray(type)) return type.map(textForTimes);
  return type === "long" ? "string" : type;
}
