import type { Sql } from "./database.ts";

/** One thing that only one process of the deployment does at a time, such as reading a topic. */
export type LeaseName = { readonly orgId: string; readonly name: string };

export type LeaseHolder = { readonly holder: string; readonly epoch: number; readonly expiresAt: string };

/** The lease under which a topic is read; its epoch is the cursor's. */
export function intakeLease(topic: string): string {
  return `intake ${topic}`;
}

/**
 * Takes the lease when nobody holds it any more.
 *
 * @param force takes it from whoever holds it: for a database that serves one process only, whose holder is dead.
 * @returns the new epoch, or undefined while another process holds it.
 */
export async function takeLease(
  sql: Sql,
  { orgId, name }: LeaseName,
  holder: string,
  leaseMs: number,
  force: boolean,
): Promise<number | undefined> {
  const { rows } = await sql.query<{ epoch: number }>(
    `INSERT INTO lease (org_id, name, holder, epoch, expires_at)
     VALUES ($1, $2, $3, 1, clock_timestamp() + $4::integer * interval '1 millisecond')
     ON CONFLICT (org_id, name) DO UPDATE
       SET holder = excluded.holder, epoch = lease.epoch + 1,
           taken_at = now(), renewed_at = now(), expires_at = excluded.expires_at
       WHERE $5::boolean OR lease.expires_at < clock_timestamp()
     RETURNING epoch`,
    [orgId, name, holder, leaseMs, force],
  );
  return rows[0]?.epoch;
}

/** Keeps the lease for so long again. False when somebody else has it by now. */
export async function renewLease(
  sql: Sql,
  { orgId, name }: LeaseName,
  epoch: number,
  leaseMs: number,
): Promise<boolean> {
  const renewed = await sql.query(
    `UPDATE lease SET renewed_at = now(), expires_at = clock_timestamp() + $4::integer * interval '1 millisecond'
     WHERE org_id = $1 AND name = $2 AND epoch = $3`,
    [orgId, name, epoch, leaseMs],
  );
  return renewed.rowCount > 0;
}

/** Lets another process take it at once. */
export async function releaseLease(sql: Sql, { orgId, name }: LeaseName, epoch: number): Promise<void> {
  await sql.query(
    "UPDATE lease SET expires_at = now() - interval '1 second' WHERE org_id = $1 AND name = $2 AND epoch = $3",
    [orgId, name, epoch],
  );
}

/** Who holds the lease; undefined when nobody does. */
export async function readLease(sql: Sql, { orgId, name }: LeaseName): Promise<LeaseHolder | undefined> {
  const { rows } = await sql.query<{ holder: string; epoch: number; expires_at: Date }>(
    "SELECT holder, epoch, expires_at FROM lease WHERE org_id = $1 AND name = $2 AND expires_at > clock_timestamp()",
    [orgId, name],
  );
  const row = rows[0];
  return row === undefined
    ? undefined
    : { holder: row.holder, epoch: row.epoch, expiresAt: row.expires_at.toISOString() };
}
