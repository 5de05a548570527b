import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { fillReferences, ReferenceMissing } from "./composite-references.ts";
import { findObject, findRecord } from "./find-object.ts";
import {
  createRecord,
  deleteRecord,
  queryAtOnce,
  showRecord,
  updateRecord,
  upsertRecord,
} from "./record-calls.ts";
import type { CallAnswer, Caller } from "./record-calls.ts";
import { actorOf, versionOf } from "./rest-request.ts";
import type { SeenByCaller } from "./rest-request.ts";
import { RestError, toErrorBody, toRestError } from "./rest-error.ts";

const maxParts = 25;
const part = z.object({
  method: z.enum(["GET", "POST", "PATCH", "DELETE"]),
  url: z.string().max(16_384),
  referenceId: z.string().regex(/^[A-Za-z]\w*$/),
  body: z.unknown().optional(),
});
const compositeBody = z.object({
  allOrNone: z.boolean().default(false),
  compositeRequest: z
    .array(part)
    .min(1)
    .max(maxParts)
    .refine(
      (parts) => new Set(parts.map(({ referenceId }) => referenceId)).size === parts.length,
      "each part needs a referenceId of its own",
    ),
});
type Part = z.infer<typeof part>;

type PartAnswer = CallAnswer & { readonly referenceId: string };

/** One part of an all-or-none request was refused, so all of it is rolled back. */
class CompositeRefused extends Error {
  override readonly name = "CompositeRefused";
  readonly refused: PartAnswer;

  constructor(refused: PartAnswer) {
    super(`the part ${refused.referenceId} was refused`);
    this.refused = refused;
  }
}

/**
 * `/composite`: up to 25 calls on records and queries in one, later ones using results of earlier ones by `@{ref.id}`.
 * With `allOrNone` they are one transaction.
 */
export function registerCompositeRoutes(scope: FastifyInstance, seen: SeenByCaller): void {
  scope.post("/composite", (request) => {
    const parsed = compositeBody.safeParse(request.body);
    if (!parsed.success) throw new RestError(400, "JSON_PARSER_ERROR", z.prettifyError(parsed.error));
    const { allOrNone, compositeRequest: parts } = parsed.data;
    const caller: Caller = { ...seen(request), actor: actorOf(request), version: versionOf(request) };
    const answers = allOrNone ? runAsOne(caller, parts) : runOneByOne(caller, parts);
    return {
      compositeResponse: answers.map(({ status, body, referenceId }) => ({
        body: body ?? null,
        httpHeaders: {},
        httpStatusCode: status,
        referenceId,
      })),
    };
  });
}

function runAsOne(caller: Caller, parts: readonly Part[]): readonly PartAnswer[] {
  try {
    return caller.core.inOneTransaction(() => {
      const answers = new Map<string, PartAnswer>();
      for (const each of parts) {
        const answered = runPart(caller, each, answers);
        if (answered.status >= 400) throw new CompositeRefused(answered);
        answers.set(each.referenceId, answered);
      }
      return [...answers.values()];
    });
  } catch (reason) {
    if (!(reason instanceof CompositeRefused)) throw reason;
    const { refused } = reason;
    const message = "The transaction was rolled back since another operation in the same transaction failed.";
    return parts.map(({ referenceId }) =>
      referenceId === refused.referenceId ? refused : halted(referenceId, message),
    );
  }
}

function runOneByOne(caller: Caller, parts: readonly Part[]): readonly PartAnswer[] {
  const answers = new Map<string, PartAnswer>();
  for (const each of parts) answers.set(each.referenceId, runPart(caller, each, answers));
  return [...answers.values()];
}

function runPart(caller: Caller, given: Part, answers: ReadonlyMap<string, PartAnswer>): PartAnswer {
  const { referenceId, method } = given;
  try {
    const url = String(fillReferences(given.url, answers));
    return { ...dispatch(caller, method, url, fillReferences(given.body, answers)), referenceId };
  } catch (reason) {
    if (reason instanceof ReferenceMissing) return halted(referenceId, reason.message);
    const error = toRestError(reason);
    if (error === undefined) throw reason;
    return { status: error.status, body: toErrorBody(error), referenceId };
  }
}

function dispatch(caller: Caller, method: Part["method"], url: string, body: unknown): CallAnswer {
  const { pathname, searchParams } = new URL(url, "http://org");
  const path = /^\/services\/data\/v\d{2}\.0\/(.*)$/.exec(pathname)?.[1];
  const [resource, objectName, first, second, ...rest] = path?.split("/").map(decodeURIComponent) ?? [];
  const query = searchParams.get("q");
  if (resource === "query" && method === "GET" && query !== null) return queryAtOnce(caller, query);
  if (resource === "sobjects" && objectName !== undefined && rest.length === 0) {
    if (first === undefined && method === "POST") return createRecord(caller, objectName, body);
    if (first !== undefined && second !== undefined && method === "PATCH") {
      return upsertRecord(caller, objectName, [first, second], body);
    }
    if (first !== undefined && second === undefined) {
      if (method === "PATCH") return updateRecord(caller, objectName, first, body);
      if (method === "DELETE") return deleteRecord(caller, objectName, first);
      if (method === "GET") {
        const object = findObject(caller.reader, objectName);
        const record = findRecord(caller.reader, object, first);
        return showRecord(caller, object, record, searchParams.get("fields") ?? undefined);
      }
    }
  }
  const message = `${method} ${url} is no call that this org takes in a composite request: records and queries are`;
  throw new RestError(400, "INVALID_INPUT", message);
}

function halted(referenceId: string, message: string): PartAnswer {
  return { status: 400, body: [{ errorCode: "PROCESSING_HALTED", message }], referenceId };
}
