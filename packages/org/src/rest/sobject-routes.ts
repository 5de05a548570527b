import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgCore } from "../org-core.ts";
import { describeObject, summarizeObject } from "./describe.ts";
import { findObject, findRecord } from "./find-object.ts";
import { findInputField, readRecordInput } from "./record-input.ts";
import { recordToJson } from "./record-json.ts";
import { actorOf, versionOf } from "./rest-request.ts";
import { RestError } from "./rest-error.ts";
import { createFromBody } from "./save-record.ts";

const objectParams = z.object({ object: z.string() });
const recordParams = z.object({ object: z.string(), id: z.string() });
const fieldsQuery = z.object({ fields: z.string().optional() });

/** `/sobjects`: the list of objects, their descriptions, and single records. */
export function registerSObjectRoutes(scope: FastifyInstance, core: OrgCore): void {
  scope.get("/sobjects", (request) => {
    const version = versionOf(request);
    const objects = [...core.schema.objects.values()];
    return {
      encoding: "UTF-8",
      maxBatchSize: 200,
      sobjects: objects.map((object) => summarizeObject(object, version)),
    };
  });

  scope.get("/sobjects/:object", (request) => {
    const object = findObject(core, objectParams.parse(request.params).object);
    return { objectDescribe: summarizeObject(object, versionOf(request)), recentItems: [] };
  });

  scope.get("/sobjects/:object/describe", (request) => {
    const object = findObject(core, objectParams.parse(request.params).object);
    return describeObject(core.schema, object, versionOf(request));
  });

  scope.post("/sobjects/:object", (request, reply) => {
    const object = findObject(core, objectParams.parse(request.params).object);
    return reply.code(201).send(createFromBody(core, actorOf(request), object, request.body));
  });

  scope.get("/sobjects/:object/:id", (request, reply) => {
    const params = recordParams.parse(request.params);
    const object = findObject(core, params.object);
    const record = findRecord(core, object, params.id);
    const { fields } = fieldsQuery.parse(request.query);
    const names = fields?.split(",").map((name) => name.trim());
    const asked = names?.map((name) => findInputField(object, name));
    const modifiedAt = record["LastModifiedDate"];
    if (typeof modifiedAt === "string") reply.header("last-modified", new Date(modifiedAt).toUTCString());
    return reply.send(recordToJson(object, record, versionOf(request), asked));
  });

  scope.patch("/sobjects/:object/:id", (request, reply) => {
    const params = recordParams.parse(request.params);
    const object = findObject(core, params.object);
    const record = findRecord(core, object, params.id);
    const values = readRecordInput(object, request.body, "update");
    core.update(actorOf(request), object.name, String(record["Id"]), values);
    return reply.code(204).send();
  });

  scope.delete("/sobjects/:object/:id", () => {
    throw new RestError(
      405,
      "METHOD_NOT_ALLOWED",
      "HTTP Method 'DELETE' not allowed. Allowed are GET,PATCH: this org does not delete records",
    );
  });
}
