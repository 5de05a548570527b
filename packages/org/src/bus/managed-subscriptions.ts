import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { idSuffix } from "../ids.ts";
import { OrgError } from "../org-core.ts";
import type { OrgDatabase } from "../records/org-database.ts";
import type { ManagedSubscription, ManagedSubscriptionConfig } from "./managed-subscription.ts";

const configText = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(
    z.object({
      developerName: z.string(),
      label: z.string(),
      topicName: z.string(),
      defaultReplay: z.enum(["LATEST", "EARLIEST"]),
      errorRecoveryReplay: z.enum(["LATEST", "EARLIEST"]),
      state: z.enum(["RUN", "STOP"]),
      version: z.string(),
    }),
  );
const subscriptionRow = z.object({
  id: z.string(),
  config: configText,
  deployed: z.string().nullable(),
  committed: z.instanceof(Uint8Array).nullable(),
  changed_at_ms: z.number(),
  /** What the Pub/Sub API saw before the last change. */
  was: z.enum(["absent", "RUN", "STOP"]),
});
type SubscriptionRow = z.output<typeof subscriptionRow>;

/** Documented for an org. */
const maxSubscriptions = 200;

/** The managed subscriptions of the org, with the positions that their clients committed. */
export class ManagedSubscriptions {
  readonly #database: OrgDatabase;
  readonly #clock: Clock;
  /** When a change reaches the Pub/Sub API. */
  readonly propagationMs: number;
  readonly #statements;
  readonly #listeners = new Set<() => void>();

  constructor(database: OrgDatabase, clock: Clock, propagationMs: number) {
    this.#database = database;
    this.#clock = clock;
    this.propagationMs = propagationMs;
    this.#statements = {
      all: database.prepare("SELECT * FROM managed_subscription ORDER BY id"),
      put: database.prepare("INSERT OR REPLACE INTO managed_subscription VALUES (?, ?, ?, ?, ?, ?)"),
      commit: database.prepare("UPDATE managed_subscription SET committed = ? WHERE id = ?"),
      delete: database.prepare("DELETE FROM managed_subscription WHERE id = ?"),
    };
  }

  list(): readonly ManagedSubscription[] {
    return this.#rows().map(show);
  }

  /** By its id in 15 or 18 characters. */
  get(id: string): ManagedSubscription | undefined {
    return this.list().find((subscription) => subscription.id.slice(0, 15) === id.slice(0, 15));
  }

  /**
   * As the Pub/Sub API sees it, which hears of changes late.
   *
   * @returns undefined when it does not know it, or not yet.
   */
  seenByPubSub(
    wanted: { readonly id: string } | { readonly developerName: string },
  ): ManagedSubscription | undefined {
    const row = this.#rows().find(({ id, config }) =>
      "id" in wanted
        ? id.slice(0, 15) === wanted.id.slice(0, 15)
        : config.developerName === wanted.developerName,
    );
    if (row === undefined) return undefined;
    const state = row.changed_at_ms + this.propagationMs > this.#clock() ? row.was : row.config.state;
    return state === "absent" ? undefined : { ...show(row), state };
  }

  /**
   * Takes over what the metadata says where it changed since it was last read, and forgets what it says no more.
   * Changes over the Tooling API stay until then.
   */
  deploy(configs: readonly ManagedSubscriptionConfig[]): void {
    this.#database.transaction(() => {
      const rows = new Map(this.#rows().map((row) => [row.config.developerName, row]));
      for (const config of configs) {
        const row = rows.get(config.developerName);
        const text = JSON.stringify(config);
        if (row?.deployed !== text) this.#put(row, config, text);
      }
      const names = new Set(configs.map(({ developerName }) => developerName));
      for (const { id, deployed, config } of rows.values()) {
        if (deployed !== null && !names.has(config.developerName)) this.#statements.delete.run(id);
      }
    });
    this.#tell();
  }

  /** @throws {OrgError} DUPLICATE_DEVELOPER_NAME or LIMIT_EXCEEDED. */
  create(config: ManagedSubscriptionConfig): string {
    const rows = this.#rows();
    if (rows.some((row) => row.config.developerName === config.developerName)) {
      throw new OrgError(
        "DUPLICATE_DEVELOPER_NAME",
        `There is a managed subscription ${config.developerName} already.`,
        ["DeveloperName"],
      );
    }
    if (rows.length >= maxSubscriptions) {
      throw new OrgError("LIMIT_EXCEEDED", `An org has at most ${maxSubscriptions} managed subscriptions.`);
    }
    const id = this.#put(undefined, config, null);
    this.#tell();
    return id;
  }

  /** @throws {OrgError} NOT_FOUND, or FIELD_INTEGRITY_EXCEPTION for another topic or name. */
  update(id: string, config: ManagedSubscriptionConfig): void {
    const row = this.#require(id);
    for (const field of ["topicName", "developerName"] as const) {
      if (row.config[field] !== config[field]) {
        const message = `The ${field} of a managed subscription cannot be changed.`;
        throw new OrgError("FIELD_INTEGRITY_EXCEPTION", message, [field]);
      }
    }
    this.#put(row, config, row.deployed);
    this.#tell();
  }

  /** @throws {OrgError} NOT_FOUND. */
  delete(id: string): void {
    this.#statements.delete.run(this.#require(id).id);
    this.#tell();
  }

  commit(id: string, replayId: Uint8Array): void {
    this.#statements.commit.run(replayId, id);
  }

  /** Called after each change of a configuration. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put(row: SubscriptionRow | undefined, config: ManagedSubscriptionConfig, deployed: string | null): string {
    const id = row?.id ?? idOf(config.developerName);
    const committed = config.state === "STOP" ? null : (row?.committed ?? null);
    const was = row?.config.state ?? "absent";
    this.#statements.put.run(id, JSON.stringify(config), deployed, committed, this.#clock(), was);
    return id;
  }

  #require(id: string): SubscriptionRow {
    const row = this.#rows().find((candidate) => candidate.id.slice(0, 15) === id.slice(0, 15));
    if (row === undefined) throw new OrgError("NOT_FOUND", "The requested resource does not exist");
    return row;
  }

  #rows(): readonly SubscriptionRow[] {
    return z.array(subscriptionRow).parse(this.#statements.all.all());
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function show({ id, config, committed }: SubscriptionRow): ManagedSubscription {
  return { ...config, id, committed };
}

/** The same name has the same id at every start. */
function idOf(developerName: string): string {
  const digest = createHash("sha256").update(developerName).digest("hex");
  const id15 = `18xHs${digest.slice(0, 10)}`;
  return id15 + idSuffix(id15);
}
