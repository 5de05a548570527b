import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ObjectDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { describeObject, summarizeObject } from "./describe.ts";
import { findByExternalId, readExternalId } from "./external-id.ts";
import { findObject, findRecord } from "./find-object.ts";
import { checkWriteConditions, isUnchangedForReader, tagReply } from "./preconditions.ts";
import { createRecord, deleteRecord, showRecord, updateRecord, upsertRecord } from "./record-calls.ts";
import type { CallAnswer, Caller, Precondition } from "./record-calls.ts";
import { actorOf, versionOf } from "./rest-request.ts";
import type { SeenByCaller } from "./rest-request.ts";
import { notFound } from "./rest-error.ts";

const objectParams = z.object({ object: z.string() });
const recordParams = z.object({ object: z.string(), id: z.string() });
const externalParams = z.object({ object: z.string(), field: z.string(), value: z.string() });
const fieldsQuery = z.object({ fields: z.string().optional() });

/** `/sobjects`: the list of objects, their descriptions, and single records. */
export function registerSObjectRoutes(
  scope: FastifyInstance,
  core: Pick<OrgCore, "schema">,
  seen: SeenByCaller,
): void {
  const callerOf = (request: FastifyRequest): Caller => ({
    ...seen(request),
    actor: actorOf(request),
    version: versionOf(request),
  });

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
    const { object } = objectParams.parse(request.params);
    return answer(reply, createRecord(callerOf(request), object, request.body));
  });

  scope.get("/sobjects/:object/:id", (request, reply) => {
    const params = recordParams.parse(request.params);
    const object = findObject(core, params.object);
    return showUnlessKnown(request, reply, object, findRecord(seen(request).reader, object, params.id));
  });

  scope.patch("/sobjects/:object/:id", (request, reply) => {
    const { object, id } = recordParams.parse(request.params);
    return answer(reply, updateRecord(callerOf(request), object, id, request.body, conditionsOf(request)));
  });

  scope.delete("/sobjects/:object/:id", (request, reply) => {
    const { object, id } = recordParams.parse(request.params);
    return answer(reply, deleteRecord(callerOf(request), object, id));
  });

  scope.get("/sobjects/:object/:field/:value", (request, reply) => {
    const params = externalParams.parse(request.params);
    const object = findObject(core, params.object);
    const key = readExternalId(object, params.field, params.value);
    const record = findByExternalId(seen(request).reader, object, key);
    if (record === undefined) throw notFound();
    return showUnlessKnown(request, reply, object, record);
  });

  scope.patch("/sobjects/:object/:field/:value", (request, reply) => {
    const { object, field, value } = externalParams.parse(request.params);
    const caller = callerOf(request);
    return answer(reply, upsertRecord(caller, object, [field, value], request.body, conditionsOf(request)));
  });

  function showUnlessKnown(
    request: FastifyRequest,
    reply: FastifyReply,
    object: ObjectDefinition,
    record: OrgRecord,
  ): FastifyReply {
    const { fields } = fieldsQuery.parse(request.query);
    tagReply(reply, object, record);
    if (isUnchangedForReader(request, object, record)) return reply.code(304).send();
    return answer(reply, showRecord(callerOf(request), object, record, fields));
  }
}

function conditionsOf(request: FastifyRequest): Precondition {
  return (object, record) => {
    checkWriteConditions(request, object, record);
  };
}

function answer(reply: FastifyReply, { status, body }: CallAnswer): FastifyReply {
  return reply.code(status).send(body);
}
