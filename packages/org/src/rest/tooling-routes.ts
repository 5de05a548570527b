import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ManagedSubscription, ManagedSubscriptionConfig } from "../bus/managed-subscription.ts";
import { OrgError } from "../org-core.ts";
import type { FieldDefinition, ObjectDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { text } from "../records/standard-objects/define-field.ts";
import { runSoql } from "../soql/run-soql.ts";
import type { SoqlSource } from "../soql/soql-scope.ts";
import { readRecordId } from "./find-object.ts";
import { recordToJson, rowToJson } from "./record-json.ts";
import { RestError, notFound } from "./rest-error.ts";
import { versionOf } from "./rest-request.ts";

const objectName = "ManagedEventSubscription";

const fields: readonly FieldDefinition[] = [
  text("Id", 18, { writable: "never" }),
  text("DeveloperName", 80),
  text("MasterLabel", 80),
  text("TopicName", 255),
  text("DefaultReplay", 40),
  text("ErrorRecoveryReplay", 40),
  text("State", 40),
  text("Version", 10),
  text("Language", 10),
  text("NamespacePrefix", 15),
  text("FullName", 255),
  // Holds an object in answers; here only its name is needed.
  text("Metadata", 255),
];
/** A query may ask for these of one row only. */
const singleRowFields: ReadonlySet<string> = new Set(["Metadata", "FullName"]);

const subscriptionObject: ObjectDefinition = {
  name: objectName,
  label: "Managed Event Subscription",
  keyPrefix: "18x",
  kind: "object",
  fields: new Map(fields.map((field) => [field.name, field])),
};

const replay = z.enum(["LATEST", "EARLIEST"]);
/** PAUSE is reserved by the platform. */
const state = z.enum(["RUN", "STOP"]);
const metadataInput = z.strictObject({
  label: z.string().min(1),
  topicName: z.string().min(1),
  defaultReplay: replay.default("LATEST"),
  errorRecoveryReplay: replay.default("LATEST"),
  state: state.default("RUN"),
  version: z.union([z.string(), z.number()]).nullish(),
  urls: z.unknown().optional(),
});
const createInput = z.strictObject({
  FullName: z.string().regex(/^[a-zA-Z](?:_?[a-zA-Z0-9])*$/),
  Metadata: metadataInput,
});
const updateInput = z.strictObject({
  FullName: z.string().optional(),
  Metadata: metadataInput.partial(),
});
const idParams = z.object({ id: z.string() });
const querySchema = z.object({ q: z.string().min(1) });

/** The part of the Tooling API that managed subscriptions need; they live there only. */
export function registerToolingRoutes(scope: FastifyInstance, core: OrgCore): void {
  const subscriptions = core.managedSubscriptions;
  const find = (params: unknown): ManagedSubscription => {
    const found = subscriptions.get(readRecordId(idParams.parse(params).id));
    if (found === undefined) throw notFound();
    return found;
  };

  // The trailing slash is how some clients write it.
  for (const path of ["/tooling/query", "/tooling/query/"]) {
    scope.get(path, (request) => {
      const given = querySchema.safeParse(request.query);
      if (!given.success) {
        throw new RestError(400, "MALFORMED_QUERY", "the query is missing: send it as the parameter q");
      }
      const records = runToolingQuery(subscriptions.list(), given.data.q, versionOf(request));
      const { rows, totalSize } = records;
      return {
        size: rows.length,
        totalSize,
        done: true,
        queryLocator: null,
        entityTypeName: objectName,
        records: rows,
      };
    });
  }

  scope.get(`/tooling/sobjects/${objectName}/:id`, (request) => {
    const found = find(request.params);
    const version = versionOf(request);
    return toTooling(recordToJson(subscriptionObject, toRecord(found), version), found, version);
  });

  scope.post(`/tooling/sobjects/${objectName}`, (request, reply) => {
    const { FullName, Metadata } = readInput(createInput, request.body);
    const { urls: _urls, version, ...given } = Metadata;
    const config: ManagedSubscriptionConfig = {
      ...given,
      developerName: FullName,
      version: String(version ?? versionOf(request)),
    };
    requireTopic(core, config.topicName);
    const id = subscriptions.create(config);
    return reply.code(201).send({ id, success: true, errors: [], warnings: [], infos: [] });
  });

  scope.patch(`/tooling/sobjects/${objectName}/:id`, (request, reply) => {
    const { id, committed: _committed, ...before } = find(request.params);
    const { FullName, Metadata } = readInput(updateInput, request.body);
    const { urls: _urls, version, ...given } = Metadata;
    subscriptions.update(id, {
      ...before,
      ...withoutUndefined(given),
      developerName: FullName ?? before.developerName,
      version: String(version ?? before.version),
    });
    return reply.code(204).send();
  });

  scope.delete(`/tooling/sobjects/${objectName}/:id`, (request, reply) => {
    subscriptions.delete(find(request.params).id);
    return reply.code(204).send();
  });
}

/** @throws {RestError} INVALID_INPUT naming what is wrong. */
function readInput<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join(".") ?? "";
  throw new RestError(400, "INVALID_INPUT", `${where}: ${issue?.message ?? "not understood"}`, [where]);
}

function requireTopic({ bus }: OrgCore, topicName: string): void {
  if (bus.topic(topicName) !== undefined) return;
  throw new OrgError("INVALID_INPUT", `There is no topic ${topicName}; the event must exist already.`, [
    "Metadata.topicName",
  ]);
}

type Defined<Values> = { [Key in keyof Values]: Exclude<Values[Key], undefined> };

function withoutUndefined<Values extends object>(values: Values): Partial<Defined<Values>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Defined<Values>
  >;
}

function metadataOf(subscription: ManagedSubscription): object {
  const { label, topicName, defaultReplay, errorRecoveryReplay, state: current, version } = subscription;
  return { label, topicName, defaultReplay, errorRecoveryReplay, state: current, version, urls: null };
}

/** What a tooling query reads from. */
function sourceOf(list: readonly ManagedSubscription[]): SoqlSource {
  const records = list.map(toRecord);
  return {
    schema: { objects: new Map([[objectName, subscriptionObject]]) },
    get: (_objectName, id) => records.find((record) => record["Id"] === id),
    all: () => records,
  };
}

function toRecord(subscription: ManagedSubscription): OrgRecord {
  return {
    Id: subscription.id,
    DeveloperName: subscription.developerName,
    MasterLabel: subscription.label,
    TopicName: subscription.topicName,
    DefaultReplay: subscription.defaultReplay,
    ErrorRecoveryReplay: subscription.errorRecoveryReplay,
    State: subscription.state,
    Version: subscription.version,
    Language: "en_US",
    NamespacePrefix: null,
    FullName: subscription.developerName,
    Metadata: subscription.developerName,
  };
}

type Json = { readonly [name: string]: unknown };

/** @throws {SoqlError | RestError} */
function runToolingQuery(
  list: readonly ManagedSubscription[],
  query: string,
  version: string,
): { readonly totalSize: number; readonly rows: readonly Json[] } {
  const result = runSoql(sourceOf(list), query);
  if (result.kind === "count") return { totalSize: result.size, rows: [] };
  const rows = result.rows.flatMap((row) => {
    const found = list.find(({ id }) => id === row.id);
    return found === undefined ? [] : [toTooling(rowToJson(row, version), found, version)];
  });
  const [first] = rows;
  if (rows.length > 1 && Object.keys(first ?? {}).some((name) => singleRowFields.has(name))) {
    const message = `When retrieving results with Metadata or FullName fields, the query must be for one row. Result size: ${rows.length}`;
    throw new RestError(400, "MALFORMED_QUERY", message);
  }
  return { totalSize: rows.length, rows };
}

/** The Tooling API has paths of its own, and an object where the query named Metadata. */
function toTooling(json: Json, subscription: ManagedSubscription, version: string): Json {
  const url = `/services/data/v${version}/tooling/sobjects/${objectName}/${subscription.id}`;
  const metadata = "Metadata" in json ? { Metadata: metadataOf(subscription) } : {};
  return { ...json, ...metadata, attributes: { type: objectName, url } };
}
