import type { StoreReader } from "./store-reader.ts";
import { readCursorMoves } from "./watch-cursor.ts";
import type { CursorMove } from "./watch-cursor.ts";

export type InboxRow = {
  readonly eventId: string;
  readonly orderId: string;
  readonly requestKey: string;
  readonly disposition: string;
  readonly revisionId: number | null;
  readonly deliveries: number;
};
export type RevisionRow = {
  readonly revisionId: number;
  readonly orderId: string;
  readonly requestKey: string;
  readonly state: string;
  readonly steps: number;
  /** What is left to do, in words; null when nothing is. */
  readonly todo: string | null;
};
export type GapRow = {
  readonly gapId: number;
  readonly cause: string;
  readonly isClosed: boolean;
  readonly lastCheck: unknown;
};
export type EffectRow = { readonly key: string; readonly orderId: string; readonly revisionState: string };

/** All of Sluice's records that the invariants speak of, read by a session of the campaign's own. */
export type StoreRecords = {
  readonly inbox: readonly InboxRow[];
  readonly quarantine: readonly { readonly eventId: string; readonly reason: string }[];
  readonly revisions: readonly RevisionRow[];
  readonly gaps: readonly GapRow[];
  readonly effects: readonly EffectRow[];
  readonly cursorMoves: readonly CursorMove[];
  readonly cursor: string | null;
};

export async function readStoreRecords(store: StoreReader): Promise<StoreRecords> {
  const [cursor] = await store.read<{ replayId: string | null }>(
    `SELECT encode(replay_id, 'hex') AS "replayId" FROM sluice.cursor`,
  );
  return {
    cursor: cursor?.replayId ?? null,
    cursorMoves: await readCursorMoves(store),
    inbox: await store.read(
      `SELECT event_id AS "eventId", order_id AS "orderId", request_key AS "requestKey", disposition,
              revision_id AS "revisionId", deliveries
       FROM sluice.inbox ORDER BY inbox_id`,
    ),
    quarantine: await store.read(
      `SELECT event_id AS "eventId", reason FROM sluice.quarantine ORDER BY quarantine_id`,
    ),
    revisions: await store.read(
      `SELECT revision_id AS "revisionId", order_id AS "orderId", request_key AS "requestKey", state,
              (SELECT count(*)::integer FROM sluice.step WHERE step.revision_id = r.revision_id) AS steps,
              (SELECT string_agg(concat_ws(' ', name, step.state, 'attempt', attempt, step.error_code, 'wakes', wake_at),
                                 '; ' ORDER BY step_id)
               FROM sluice.step WHERE step.revision_id = r.revision_id AND step.state NOT IN ('done', 'skipped', 'pending'))
                AS todo
       FROM sluice.order_revision r ORDER BY revision_id`,
    ),
    gaps: await store.read(
      `SELECT gap_id AS "gapId", cause, closed_at IS NOT NULL AS "isClosed", last_check AS "lastCheck"
       FROM sluice.gap ORDER BY gap_id`,
    ),
    effects: await store.read(
      `SELECT effect.effect_key AS key, order_revision.order_id AS "orderId", order_revision.state AS "revisionState"
       FROM sluice.effect JOIN sluice.step USING (step_id) JOIN sluice.order_revision USING (revision_id)`,
    ),
  };
}
