import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { migrate } from "../src/store/migrate.ts";
import { onEachDatabase } from "./support/databases.ts";
import { orgId, topic } from "./support/ledger.ts";

const folder = new URL("../src/store/migrations/", import.meta.url);
/** The last migration before leases, sweeps and modes. */
const OLD_VERSION = 6;

onEachDatabase("a store from before leases keeps its events and its position", async (opener) => {
  const database = await opener.open();
  const { sluice, queue } = database.schemas;
  // A new embedded database is a copy of one that has today's tables.
  await database.script(`DROP SCHEMA IF EXISTS "${sluice}", "${queue}" CASCADE; CREATE SCHEMA "${sluice}"`);
  await database.query(
    `CREATE TABLE "${sluice}".schema_migration (
       version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const files = readdirSync(folder).toSorted().slice(0, OLD_VERSION);
  for (const [index, file] of files.entries()) {
    await database.script(readFileSync(new URL(file, folder), "utf8"));
    await database.query("INSERT INTO schema_migration (version, name) VALUES ($1, $2)", [index + 1, file]);
  }
  await database.query("INSERT INTO deployment (org_id, go_live_at) VALUES ($1, now())", [orgId]);
  await database.query("INSERT INTO cursor (org_id, topic, epoch) VALUES ($1, $2, 7)", [orgId, topic]);
  await database.query(
    `INSERT INTO inbox (org_id, topic, event_id, replay_id, schema_id, payload, payload_digest, order_id, request_key,
                        disposition, deliveries)
     VALUES ($1, $2, 'event-1', '\\x01', 'schema', '{}', 'digest', '801000000000001AAA', 'key', 'cancellation', 3)`,
    [orgId, topic],
  );

  await migrate(database);
  const { rows: inbox } = await database.query(
    "SELECT source, deliveries, last_delivered_at = received_at AS is_dated FROM inbox",
  );
  assert.deepEqual(inbox, [{ source: "stream", deliveries: 3, is_dated: true }]);
  const { rows: leases } = await database.query("SELECT name, epoch FROM lease");
  assert.deepEqual(leases, [{ name: `intake ${topic}`, epoch: 7 }], "the next reader's epoch is above it");
  await database.close();
});
