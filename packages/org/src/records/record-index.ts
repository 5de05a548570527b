import type { FieldValue, OrgRecord } from "../org-core.ts";

/** The ids of an object's records by what one field holds, text without regard to case. */
export class RecordIndex {
  readonly #field: string;
  readonly #idsByKey = new Map<string, Set<string>>();

  constructor(field: string, records: Iterable<OrgRecord>) {
    this.#field = field;
    for (const record of records) this.move(String(record["Id"]), undefined, record);
  }

  /** To be told of every change of a record of the object; undefined stands for no record. */
  move(id: string, before: OrgRecord | undefined, after: OrgRecord | undefined): void {
    const from = keyOf(before?.[this.#field]);
    const to = keyOf(after?.[this.#field]);
    if (from === to) return;
    if (from !== null) this.#idsByKey.get(from)?.delete(id);
    if (to === null) return;
    const ids = this.#idsByKey.get(to) ?? new Set<string>();
    this.#idsByKey.set(to, ids.add(id));
  }

  idsOf(value: FieldValue): readonly string[] {
    return [...(this.#idsByKey.get(keyOf(value) ?? "") ?? [])];
  }
}

/** Nothing is found by null. */
function keyOf(value: FieldValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value).toLowerCase();
}
