import { randomBytes } from "node:crypto";
import type { JsonObject } from "./record-json.ts";

export type QueryPage = {
  readonly totalSize: number;
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly JsonObject[];
};

const lifetimeMs = 2 * 24 * 60 * 60 * 1000;
const maxCursors = 200;

/** Results with more rows than fit into one answer, kept until they are two days old or 200 others came. */
export class QueryCursors {
  readonly #now: () => number;
  readonly #cursors = new Map<
    string,
    { readonly records: readonly JsonObject[]; readonly openedAtMs: number }
  >();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The first page of a result; the rest stays here when there is one. */
  firstPage(records: readonly JsonObject[], batchSize: number, version: string): QueryPage {
    if (records.length <= batchSize) return { totalSize: records.length, done: true, records };
    const id = `01g${randomBytes(8).toString("hex").slice(0, 15)}`;
    this.#cursors.set(id, { records, openedAtMs: this.#now() });
    const [oldest] = this.#cursors.keys();
    if (this.#cursors.size > maxCursors && oldest !== undefined) this.#cursors.delete(oldest);
    return pageOf(id, records, 0, batchSize, version);
  }

  /** A later page by its locator, `<cursor>-<first row>`; undefined when it is unknown or too old. */
  nextPage(locator: string, batchSize: number, version: string): QueryPage | undefined {
    const [, id, start] = /^(01g[0-9a-zA-Z]{15})-(\d{1,9})$/.exec(locator) ?? [];
    const cursor = this.#cursors.get(id ?? "");
    if (id === undefined || cursor === undefined || this.#now() - cursor.openedAtMs > lifetimeMs)
      return undefined;
    return pageOf(id, cursor.records, Number(start), batchSize, version);
  }
}

function pageOf(
  id: string,
  records: readonly JsonObject[],
  start: number,
  batchSize: number,
  version: string,
): QueryPage {
  const end = start + batchSize;
  const page = { totalSize: records.length, records: records.slice(start, end) };
  if (end >= records.length) return { ...page, done: true };
  return { ...page, done: false, nextRecordsUrl: `/services/data/v${version}/query/${id}-${end}` };
}
