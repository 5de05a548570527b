import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgCore } from "../org-core.ts";
import { describeObject, summarizeObject } from "./describe.ts";
import { findByExternalId, readExternalId, refuseKeyInBody } from "./external-id.ts";
import { findObject, findRecord } from "./find-object.ts";
import { checkWriteConditions, isUnchangedForReader, tagReply } from "./preconditions.ts";
import { findInputField, readRecordInput } from "./record-input.ts";
import { recordToJson } from "./record-json.ts";
import { actorOf, versionOf } from "./rest-request.ts";
import { RestError, notFound } from "./rest-error.ts";
import { createFromBody } from "./save-record.ts";

const objectParams = z.object({ object: z.string() });
const recordParams = z.object({ object: z.string(), id: z.string() });
const externalParams = z.object({ object: z.string(), field: z.string(), value: z.string() });
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
    tagReply(reply, object, record);
    if (isUnchangedForReader(request, object, record)) return reply.code(304).send();
    return reply.send(recordToJson(object, record, versionOf(request), asked));
  });

  scope.patch("/sobjects/:object/:id", (request, reply) => {
    const params = recordParams.parse(request.params);
    const object = findObject(core, params.object);
    const record = findRecord(core, object, params.id);
    checkWriteConditions(request, object, record);
    const values = readRecordInput(object, request.body, "update");
    core.update(actorOf(request), object.name, String(record["Id"]), values);
    return reply.code(204).send();
  });

  scope.delete("/sobjects/:object/:id", (request, reply) => {
    const params = recordParams.parse(request.params);
    const object = findObject(core, params.object);
    const record = findRecord(core, object, params.id);
    core.delete(actorOf(request), object.name, String(record["Id"]));
    return reply.code(204).send();
  });

  registerExternalIdRoutes(scope, core);
}

/** Records by an external id: read them, and upsert them (201 for a new one, 200 for a changed one). */
function registerExternalIdRoutes(scope: FastifyInstance, core: OrgCore): void {
  scope.get("/sobjects/:object/:field/:value", (request, reply) => {
    const params = externalParams.parse(request.params);
    const object = findObject(core, params.object);
    const record = findByExternalId(core, object, readExternalId(object, params.field, params.value));
    if (record === undefined) throw notFound();
    tagReply(reply, object, record);
    return reply.send(recordToJson(object, record, versionOf(request)));
  });

  scope.patch("/sobjects/:object/:field/:value", (request, reply) => {
    const params = externalParams.parse(request.params);
    const object = findObject(core, params.object);
    const key = readExternalId(object, params.field, params.value);
    refuseKeyInBody(object, key, request.body);
    const found = findByExternalId(core, object, key);
    if (found === undefined) {
      if (key.field.name === "Id") throw notFound();
      if (!key.field.createable) {
        throw new RestError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", `${key.field.name} is set by the org`, [
          key.field.name,
        ]);
      }
      const values = readRecordInput(object, request.body, "create");
      const id = core.create(actorOf(request), object.name, { ...values, [key.field.name]: key.value });
      return reply.code(201).send({ id, success: true, errors: [], created: true });
    }
    checkWriteConditions(request, object, found);
    const id = String(found["Id"]);
    core.update(actorOf(request), object.name, id, readRecordInput(object, request.body, "update"));
    return reply.code(200).send({ id, success: true, errors: [], created: false });
  });
}
