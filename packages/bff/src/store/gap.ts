import type { Sql } from "./database.ts";

/**
 * How continuity broke:
 * - `replay_id_rejected`       the bus no longer knew the stored position: it was too old, of another stream, or the
 *                              stream began anew.
 * - `silence_beyond_retention` the position had not moved for longer than the bus keeps events, though the bus took it.
 * - `position_forced`          a person ordered reading to go on elsewhere.
 * - `event_missing`            the sweep found approvals that no event had told of.
 */
export type GapCause =
  "replay_id_rejected" | "silence_beyond_retention" | "position_forced" | "event_missing";

export type GapTopic = { readonly orgId: string; readonly topic: string };

/** What one check found. It is kept with the gap. */
export type GapCheck = {
  readonly at: string;
  /** `sweep`, or the person who ordered it. */
  readonly by: string;
  readonly outcome: "closed" | "open";
  /** Why it stays open and what to do, in an operator's words; null when it was closed. */
  readonly reason: string | null;
  /** As they were sent to Salesforce. */
  readonly queries: readonly string[];
  /** Orders that were approved in the window. */
  readonly seen: number;
  /** Those whose latest approval was not in the inbox before the check. */
  readonly missing: number;
  readonly admitted: number;
  /** Null when it was not asked, because the check came too early anyway. */
  readonly visibility: { readonly user: string; readonly grantedBy: string | null } | null;
};

/**
 * Opens a gap where the stored position was lost; its window begins when that position last moved. The same break met
 * again, after a restart, is the same gap with a later end.
 *
 * @returns the gap's number.
 */
export async function openGap(
  sql: Sql,
  { orgId, topic }: GapTopic,
  found: {
    readonly cause: Exclude<GapCause, "event_missing">;
    /** The position that was lost. */
    readonly position: Uint8Array;
    readonly detail: string;
    readonly at: string;
  },
): Promise<number> {
  const { rows } = await sql.query<{ gap_id: number }>(
    `INSERT INTO gap (org_id, topic, cause, rejected, detail, window_start, window_end, opened_at)
     SELECT $1, $2, $3, $4, $5, (SELECT updated_at FROM cursor WHERE org_id = $1 AND topic = $2),
            $6::timestamptz, $6::timestamptz
     ON CONFLICT (org_id, topic, rejected) WHERE closed_at IS NULL
       DO UPDATE SET window_end = greatest(gap.window_end, excluded.window_end)
     RETURNING gap_id`,
    [orgId, topic, found.cause, found.position, found.detail, found.at],
  );
  return numberIn(rows);
}

/**
 * Opens the gap for approvals that no event told of, or widens the one that is open.
 *
 * @param found `from`: the earliest of them was approved then; `count` of them were admitted.
 * @returns the gap's number.
 */
export async function openMissingGap(
  sql: Sql,
  { orgId, topic }: GapTopic,
  found: { readonly from: string; readonly at: string; readonly count: number; readonly detail: string },
): Promise<number> {
  const { rows } = await sql.query<{ gap_id: number }>(
    `INSERT INTO gap (org_id, topic, cause, detail, window_start, window_end, opened_at, refilled)
     VALUES ($1, $2, 'event_missing', $3, $4::timestamptz, $5::timestamptz, $5::timestamptz, $6)
     ON CONFLICT (org_id, topic) WHERE cause = 'event_missing' AND closed_at IS NULL
       DO UPDATE SET window_start = least(gap.window_start, excluded.window_start),
                     window_end = greatest(gap.window_end, excluded.window_end),
                     refilled = gap.refilled + excluded.refilled
     RETURNING gap_id`,
    [orgId, topic, found.detail, found.from, found.at, found.count],
  );
  return numberIn(rows);
}

/**
 * Keeps what a check found, and closes the gap when the check says so. A gap that was widened meanwhile stays open:
 * the check did not look at all of it.
 *
 * @returns whether the gap is closed now.
 */
export async function noteCheck(
  sql: Sql,
  gap: { readonly gapId: number; readonly windowStart: string | null; readonly windowEnd: string },
  check: GapCheck,
): Promise<boolean> {
  const { rows } = await sql.query<{ closed: boolean }>(
    `UPDATE gap
     SET checked_at = $2::timestamptz, last_check = $3::jsonb, refilled = refilled + $4,
         closed_at = CASE WHEN $5::boolean
                           AND date_trunc('milliseconds', window_start) IS NOT DISTINCT FROM $6::timestamptz
                           AND date_trunc('milliseconds', coalesce(window_end, opened_at)) = $7::timestamptz
                          THEN $2::timestamptz END
     WHERE gap_id = $1 AND closed_at IS NULL
     RETURNING closed_at IS NOT NULL AS closed`,
    [
      gap.gapId,
      check.at,
      JSON.stringify(check),
      check.admitted,
      check.outcome === "closed",
      gap.windowStart,
      gap.windowEnd,
    ],
  );
  return rows[0]?.closed ?? false;
}

function numberIn(rows: readonly { readonly gap_id: number }[]): number {
  const [row] = rows;
  if (row === undefined) throw new Error("the gap was neither inserted nor updated");
  return row.gap_id;
}
