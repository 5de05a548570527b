import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ObjectDefinition, OrgRecord } from "../org-core.ts";
import { RestError } from "./rest-error.ts";

/** Only rows of this object have ETags on the platform. */
const taggedObject = "Account";

type Conditions = {
  readonly ifMatch: readonly string[] | null;
  readonly ifNoneMatch: readonly string[] | null;
  /** In whole seconds since 1970. */
  readonly modifiedSince: number | null;
  readonly unmodifiedSince: number | null;
};

/** `Last-Modified`, in whole seconds, and for an Account its `ETag`. */
export function tagReply(reply: FastifyReply, object: ObjectDefinition, record: OrgRecord): void {
  const modifiedAt = modifiedSecond(record);
  if (modifiedAt !== null) reply.header("last-modified", new Date(modifiedAt * 1_000).toUTCString());
  if (object.name === taggedObject) reply.header("etag", tagOf(record));
}

/**
 * Whether a reader has this state of the record already, which is answered with 304. Headers of a read that cannot be
 * understood are as good as none.
 *
 * @throws {RestError} 412 when the record is not in the state that the reader asks for.
 */
export function isUnchangedForReader(
  request: FastifyRequest,
  object: ObjectDefinition,
  record: OrgRecord,
): boolean {
  const conditions = readConditions(request, object);
  refuseOtherState(conditions, record);
  if (conditions.ifNoneMatch !== null) return matches(conditions.ifNoneMatch, record);
  const modifiedAt = modifiedSecond(record);
  return modifiedAt !== null && conditions.modifiedSince !== null && modifiedAt <= conditions.modifiedSince;
}

/**
 * Lets a write pass when the record is in the state that the writer knows. Times of HTTP have whole seconds, so a change
 * within the same second is not seen. `If-Modified-Since` says nothing about a write.
 *
 * @throws {RestError} 412 for another state, 400 for a header that cannot be understood.
 */
export function checkWriteConditions(
  request: FastifyRequest,
  object: ObjectDefinition,
  record: OrgRecord,
): void {
  refuseMalformed(request, object);
  const conditions = readConditions(request, object);
  refuseOtherState(conditions, record);
  if (conditions.ifNoneMatch !== null && matches(conditions.ifNoneMatch, record)) throw preconditionFailed();
}

function refuseOtherState(conditions: Conditions, record: OrgRecord): void {
  if (conditions.ifMatch !== null && !matches(conditions.ifMatch, record)) throw preconditionFailed();
  const modifiedAt = modifiedSecond(record);
  const { unmodifiedSince } = conditions;
  if (modifiedAt !== null && unmodifiedSince !== null && modifiedAt > unmodifiedSince) {
    throw preconditionFailed();
  }
}

function refuseMalformed(request: FastifyRequest, object: ObjectDefinition): void {
  const { headers } = request;
  const unmodifiedSince = headers["if-unmodified-since"];
  const tags = object.name === taggedObject ? [headers["if-match"], headers["if-none-match"]] : [];
  const isBad =
    (unmodifiedSince !== undefined && secondOf(unmodifiedSince) === null) ||
    tags.some((value) => value !== undefined && tagsOf(value) === null);
  if (isBad) {
    throw new RestError(400, "MALFORMED_REQUEST", "a conditional header holds no HTTP date or entity tag");
  }
}

function readConditions({ headers }: FastifyRequest, object: ObjectDefinition): Conditions {
  const hasTags = object.name === taggedObject;
  return {
    ifMatch: hasTags ? tagsOf(headers["if-match"]) : null,
    ifNoneMatch: hasTags ? tagsOf(headers["if-none-match"]) : null,
    modifiedSince: secondOf(headers["if-modified-since"]),
    unmodifiedSince: secondOf(headers["if-unmodified-since"]),
  };
}

function matches(tags: readonly string[], record: OrgRecord): boolean {
  return tags.includes("*") || tags.includes(tagOf(record));
}

/** `"a", W/"b"` or `*`; null when it is neither. */
function tagsOf(header: string | undefined): readonly string[] | null {
  if (header === undefined) return null;
  const tags = header.split(",").map((tag) =>
    tag
      .trim()
      .replace(/^W\//, "")
      .replace(/--gzip"$/, '"'),
  );
  return tags.every((tag) => tag === "*" || /^"[^"]*"$/.test(tag)) ? tags : null;
}

function secondOf(header: string | undefined): number | null {
  if (header === undefined || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} /.test(header)) return null;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.floor(atMs / 1_000);
}

function modifiedSecond(record: OrgRecord): number | null {
  const modifiedAt = record["LastModifiedDate"];
  return typeof modifiedAt === "string" ? Math.floor(Date.parse(modifiedAt) / 1_000) : null;
}

function tagOf(record: OrgRecord): string {
  return `"${createHash("sha256").update(JSON.stringify(record)).digest("base64url").slice(0, 27)}"`;
}

function preconditionFailed(): RestError {
  const message = "the record is not in the state that the conditional header asks for; read it again";
  return new RestError(412, "PRECONDITION_FAILED", message);
}
