import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { fetchToken } from "../../packages/bff/test/system/support/org-client.ts";

const API = "/services/data/v67.0";
const RETRY_MS = 400;
const DEADLINE_MS = 60_000;

/** A row that the org refused, with its code. */
export type SaveResult =
  | { readonly kind: "saved"; readonly id: string }
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

const saveResults = z.array(
  z.object({
    success: z.boolean(),
    id: z.string().nullish(),
    errors: z.array(z.looseObject({ statusCode: z.string(), message: z.string() })),
  }),
);
const page = z.object({ records: z.array(z.unknown()), nextRecordsUrl: z.string().optional() });

/** The org's REST API through all that the campaign does to it. */
export type OrgSession = {
  /** Repeated until it is answered. */
  query<Row>(soql: string, row: z.ZodType<Row>): Promise<readonly Row[]>;
  /** One result for each row. Not repeated: whoever gets no answer has to look first what was saved. */
  save(
    method: "POST" | "PATCH",
    rows: readonly Readonly<Record<string, unknown>>[],
  ): Promise<readonly SaveResult[]>;
  /** Publishes one event; not repeated. */
  publish(eventObject: string, values: Readonly<Record<string, unknown>>): Promise<void>;
  /** The control plane; not repeated. */
  control(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown>;
};

export function openOrgSession(orgUrl: string): OrgSession {
  let token: string | undefined;

  async function once(method: string, path: string, body?: unknown): Promise<unknown> {
    token ??= await fetchToken(orgUrl);
    const answer = await fetch(`${orgUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status === 401) token = undefined;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }

  async function untilAnswered(method: string, path: string, body?: unknown): Promise<unknown> {
    const startedAtMs = performance.now();
    for (;;) {
      try {
        return await once(method, path, body);
      } catch (reason) {
        if (performance.now() - startedAtMs > DEADLINE_MS) throw reason;
        await sleep(RETRY_MS);
      }
    }
  }

  return {
    async query(soql, row) {
      const rows: unknown[] = [];
      let path: string | undefined = `${API}/query?${new URLSearchParams({ q: soql }).toString()}`;
      while (path !== undefined) {
        const read: z.infer<typeof page> = page.parse(await untilAnswered("GET", path));
        rows.push(...read.records);
        path = read.nextRecordsUrl;
      }
      return z.array(row).parse(rows);
    },
    async save(method, rows) {
      const results: SaveResult[] = [];
      // The composite API takes 200 rows a call.
      for (let first = 0; first < rows.length; first += 200) {
        const body = { allOrNone: false, records: rows.slice(first, first + 200) };
        const answer = saveResults.parse(await once(method, `${API}/composite/sobjects`, body));
        results.push(
          ...answer.map(({ success, id, errors }): SaveResult => {
            if (success && typeof id === "string") return { kind: "saved", id };
            return {
              kind: "refused",
              code: errors[0]?.statusCode ?? "UNKNOWN",
              message: errors[0]?.message ?? "",
            };
          }),
        );
      }
      return results;
    },
    async publish(eventObject, values) {
      await once("POST", `${API}/sobjects/${eventObject}`, values);
    },
    async control(method, path, body) {
      const answer = await fetch(`${orgUrl}/__org${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} /__org${path}: ${answer.status} ${text.slice(0, 300)}`);
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    },
  };
}
