import { OrgError } from "../org-core.ts";
import { SoqlError } from "../soql/soql-error.ts";

/** An answer of the REST API that is an error; the body is `[{ message, errorCode, fields }]`. */
export class RestError extends Error {
  override readonly name = "RestError";
  readonly status: number;
  readonly code: string;
  readonly fields: readonly string[];

  constructor(status: number, code: string, message: string, fields: readonly string[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

export type RestErrorBody = readonly {
  readonly message: string;
  readonly errorCode: string;
  readonly fields?: readonly string[];
}[];

/** Codes that are not answered with 400. */
const statusByCode: ReadonlyMap<string, number> = new Map([
  ["NOT_FOUND", 404],
  ["ENTITY_IS_DELETED", 404],
  ["INSUFFICIENT_ACCESS", 403],
  ["INSUFFICIENT_ACCESS_OR_READONLY", 403],
  ["REQUEST_LIMIT_EXCEEDED", 403],
  ["UNKNOWN_EXCEPTION", 500],
]);

/** What the org itself refused, as the REST API tells it; undefined for a fault of this program. */
export function toRestError(reason: unknown): RestError | undefined {
  if (reason instanceof RestError) return reason;
  if (reason instanceof OrgError) {
    return new RestError(statusByCode.get(reason.code) ?? 400, reason.code, reason.message, reason.fields);
  }
  if (reason instanceof SoqlError) return new RestError(400, reason.code, reason.message);
  return undefined;
}

/** A 401 has no `fields`; every other error has them, empty or not. */
export function toErrorBody(error: RestError): RestErrorBody {
  const { message, code, fields } = error;
  return error.status === 401 ? [{ message, errorCode: code }] : [{ message, errorCode: code, fields }];
}

export const notFound = (message = "The requested resource does not exist"): RestError =>
  new RestError(404, "NOT_FOUND", message);
