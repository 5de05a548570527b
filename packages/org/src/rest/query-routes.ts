import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { RecordView } from "../org-core.ts";
import { runSoql } from "../soql/run-soql.ts";
import type { SoqlSource } from "../soql/soql-scope.ts";
import type { QueryCursors } from "./query-cursors.ts";
import { rowToJson } from "./record-json.ts";
import { versionOf } from "./rest-request.ts";
import type { SeenByCaller } from "./rest-request.ts";
import { RestError } from "./rest-error.ts";

const maxBatchSize = 2_000;
const minBatchSize = 200;
const locatorParams = z.object({ locator: z.string() });
const querySchema = z.object({ q: z.string().min(1) });

/** `/query`, `/queryAll`, which sees deleted records too, and the pages that follow. */
export function registerQueryRoutes(scope: FastifyInstance, seen: SeenByCaller, cursors: QueryCursors): void {
  for (const resource of ["query", "queryAll"]) {
    scope.get(`/${resource}`, (request) => {
      const given = querySchema.safeParse(request.query);
      if (!given.success) {
        throw new RestError(400, "MALFORMED_QUERY", "the query is missing: send it as the parameter q");
      }
      const { reader } = seen(request);
      const result = runSoql(resource === "query" ? reader : withDeleted(reader), given.data.q);
      if (result.kind === "count") return { totalSize: result.size, done: true, records: [] };
      const version = versionOf(request);
      const records = result.rows.map((row) => rowToJson(row, version));
      return cursors.firstPage(records, batchSizeOf(request), version);
    });

    scope.get(`/${resource}/:locator`, (request) => {
      const { locator } = locatorParams.parse(request.params);
      const page = cursors.nextPage(locator, batchSizeOf(request), versionOf(request));
      if (page !== undefined) return page;
      throw new RestError(400, "INVALID_QUERY_LOCATOR", "invalid query locator: run the query again");
    });
  }
}

function withDeleted(reader: RecordView): SoqlSource {
  return {
    schema: reader.schema,
    get: (objectName, id) => reader.get(objectName, id) ?? reader.recycleBin.get(objectName, id),
    all: (objectName) => [...reader.all(objectName), ...reader.recycleBin.all(objectName)],
  };
}

/** `Sforce-Query-Options: batchSize=500`; what lies outside 200 to 2,000 is brought inside. */
function batchSizeOf(request: FastifyRequest): number {
  const header = request.headers["sforce-query-options"];
  const asked = /batchSize\s*=\s*(\d{1,6})/i.exec(typeof header === "string" ? header : "")?.[1];
  if (asked === undefined) return maxBatchSize;
  return Math.min(maxBatchSize, Math.max(minBatchSize, Number(asked)));
}
