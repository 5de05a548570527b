import { fileURLToPath } from "node:url";

export const plantNames = ["no-epoch-check", "cursor-first", "no-dedup", "no-attempt-check"] as const;
export type PlantName = (typeof plantNames)[number];

/** One replacement in one source file of the service; the text has to stand there exactly once. */
export type PlantEntry = { readonly file: string; readonly find: string; readonly replace: string };

export type Plant = {
  /** What the service no longer does. */
  readonly defect: string;
  readonly entries: readonly PlantEntry[];
  /** It takes several processes to see it. */
  readonly needsServer: boolean;
  /** Run once on the migrated database: what the schema itself would refuse. */
  readonly statements?: readonly string[];
};

const store = "packages/bff/src/store";

/** Defects that the campaign has to find. They live here and are put in as the files are loaded; production has no switch. */
export const plants: Readonly<Record<PlantName, Plant>> = {
  "no-epoch-check": {
    defect: "a former leader may move the cursor",
    needsServer: true,
    entries: [
      {
        file: `${store}/intake-position.ts`,
        find: "WHERE org_id = $1 AND topic = $2 AND epoch = $3",
        replace: "WHERE org_id = $1 AND topic = $2 AND $3::bigint > 0",
      },
    ],
  },
  "cursor-first": {
    defect: "the cursor is stored in a commit of its own, before the events",
    needsServer: false,
    entries: [
      {
        file: `${store}/admit.ts`,
        find: "  return deps.store.transaction(async (tx) => {",
        replace: `  if (batch.position !== null) {
    await deps.store.transaction((tx) => movePosition(tx, batch, batch.position, batch.receivedAt));
    if (batch.events.length > 0) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return deps.store.transaction(async (tx) => {`,
      },
    ],
  },
  "no-dedup": {
    defect: "an event or a request that was received before counts as new",
    needsServer: false,
    statements: [
      "ALTER TABLE sluice.inbox DROP CONSTRAINT inbox_event_id_topic_org_id_key",
      "ALTER TABLE sluice.order_revision DROP CONSTRAINT order_revision_request_key_org_id_key",
      "DROP INDEX sluice.order_revision_one_unfinished",
    ],
    entries: [
      {
        file: `${store}/inbox.ts`,
        find: "WHERE org_id = $1 AND topic = $2 AND event_id = ANY ($3::text[])",
        replace: "WHERE org_id = $1 AND topic = $2 AND event_id = ANY ($3::text[]) AND false",
      },
      {
        file: `${store}/decide-approval.ts`,
        find: "const same = orders.withKey(requestKey);",
        replace: "const same = undefined;",
      },
    ],
  },
  "no-attempt-check": {
    defect: "a stale wake-up claims its step all the same",
    needsServer: true,
    entries: [
      {
        file: "packages/bff/src/provisioning/claim.ts",
        find: "WHERE step_id = $1 AND attempt = $2 AND state = 'ready'",
        replace: "WHERE step_id = $1 AND $2::integer > 0 AND state IN ('ready', 'running')",
      },
    ],
  },
};

/** Arguments for Node that put the defect in as the service loads. */
export function plantArguments(plant: PlantName | null): readonly string[] {
  if (plant === null) return [];
  const url = new URL("./load-plant.ts", import.meta.url);
  url.searchParams.set("plant", plant);
  return ["--import", url.href];
}

/** Where an entry's file stands on this machine. */
export function fileOf(entry: PlantEntry): string {
  return fileURLToPath(new URL(`../../${entry.file}`, import.meta.url));
}
