/** Why the store refused. Codes are stable; the CLI, tests and runbooks match on them. */
export type StoreErrorCode =
  | "store_in_use" // another process holds the embedded database's folder
  | "data_dir_unwritable" // the data folder cannot be created or written
  | "database_unreachable" // PostgreSQL did not answer or refused the sign-in
  | "schema_newer" // the database was migrated by a newer version of Sluice
  | "stale_epoch" // another subscriber took over; this one may no longer commit
  | "wrong_org"; // the store belongs to another Salesforce org

const retryable: ReadonlySet<StoreErrorCode> = new Set(["database_unreachable"]);

/** A failure of the store. `message` is `[code] detail`; the detail says what to do next. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, detail: string, options?: ErrorOptions) {
    super(`[${code}] ${detail}`, options);
    this.code = code;
  }

  get isRetryable(): boolean {
    return retryable.has(this.code);
  }
}
