import type { JsonObject } from "../orders/json.ts";
import type { OrderSnapshot } from "../orders/order.ts";
import type { RevisionState, StepState } from "../orders/revision-state.ts";
import type { Sql } from "./database.ts";
import { readStream } from "./journal-feed.ts";
import type { StreamEntry } from "./journal-feed.ts";

/** Everything the ledger knows of one order: its passport. Times are ISO 8601. */
export type OrderDetail = {
  readonly orderId: string;
  readonly orderNumber: string | null;
  readonly state: RevisionState;
  readonly salesforce: {
    readonly status: string | null;
    readonly behind: boolean;
    readonly activation: string;
    readonly lastError: string | null;
  };
  readonly revisions: readonly RevisionDetail[];
  readonly events: readonly EventDetail[];
  readonly timeline: readonly StreamEntry[];
};

export type RevisionDetail = {
  readonly revisionId: number;
  readonly orderNumber: string | null;
  readonly requestKey: string;
  readonly state: RevisionState;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly approvedAt: string | null;
  readonly receivedAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly order: OrderSnapshot | null;
  readonly steps: readonly StepDetail[];
};

export type StepDetail = {
  readonly name: string;
  readonly label: string;
  readonly module: string;
  readonly state: StepState;
  readonly attempt: number;
  readonly effectKey: string | null;
  readonly reference: string | null;
  readonly result: JsonObject | null;
  readonly errorCode: string | null;
  readonly errorSummary: string | null;
  readonly wakeAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
};

export type EventDetail = {
  readonly eventId: string;
  /** Hexadecimal: the id is opaque bytes. */
  /** Null for what did not come over the bus. */
  readonly replayId: string | null;
  readonly requestKey: string;
  readonly disposition: string;
  readonly deliveries: number;
  readonly receivedAt: string;
};

/** Undefined when no event ever named the order. */
export async function readOrderDetail(
  sql: Sql,
  orgId: string,
  orderId: string,
): Promise<OrderDetail | undefined> {
  const revisions = await readRevisions(sql, orgId, orderId);
  const working = revisions.findLast((revision) => revision.state !== "absorbed");
  if (working === undefined) return undefined;
  const write = await sql.query<{
    written_status: string | null;
    behind: boolean;
    activation: string;
    last_error: string | null;
  }>(
    `SELECT written_status, written_seq < dirty_seq AS behind, activation, last_error
     FROM dirty_order WHERE org_id = $1 AND order_id = $2`,
    [orgId, orderId],
  );
  const [dirty] = write.rows;
  return {
    orderId,
    orderNumber: working.orderNumber,
    state: working.state,
    salesforce: {
      status: dirty?.written_status ?? null,
      behind: dirty?.behind ?? false,
      activation: dirty?.activation ?? "none",
      lastError: dirty?.last_error ?? null,
    },
    revisions: revisions,
    events: await readEvents(sql, orgId, orderId),
    timeline: await readStream(sql, orgId, orderId, 0, 10_000),
  };
}

async function readRevisions(sql: Sql, orgId: string, orderId: string) {
  const { rows } = await sql.query<{
    revision_id: number;
    request_key: string;
    order_number: string | null;
    state: RevisionState;
    error_code: string | null;
    error_message: string | null;
    approved_at: Date | null;
    received_at: Date;
    started_at: Date | null;
    completed_at: Date | null;
    snapshot: OrderSnapshot | null;
  }>("SELECT * FROM order_revision WHERE org_id = $1 AND order_id = $2 ORDER BY revision_id", [
    orgId,
    orderId,
  ]);
  const steps = await readSteps(
    sql,
    rows.map((row) => row.revision_id),
  );
  return rows.map((row) => ({
    revisionId: row.revision_id,
    requestKey: row.request_key,
    orderNumber: row.order_number,
    state: row.state,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    approvedAt: iso(row.approved_at),
    receivedAt: row.received_at.toISOString(),
    startedAt: iso(row.started_at),
    completedAt: iso(row.completed_at),
    order: row.snapshot,
    steps: steps.get(row.revision_id) ?? [],
  }));
}

async function readSteps(
  sql: Sql,
  revisionIds: readonly number[],
): Promise<ReadonlyMap<number, StepDetail[]>> {
  const { rows } = await sql.query<{
    revision_id: number;
    name: string;
    label: string;
    module: string;
    state: StepState;
    attempt: number;
    effect_key: string | null;
    reference: string | null;
    result: JsonObject | null;
    error_code: string | null;
    error_summary: string | null;
    wake_at: Date | null;
    started_at: Date | null;
    finished_at: Date | null;
  }>("SELECT * FROM step WHERE revision_id = ANY ($1::bigint[]) ORDER BY step_id", [[...revisionIds]]);
  const groups = Map.groupBy(rows, (row) => row.revision_id);
  return new Map(
    [...groups].map(([revisionId, group]) => [
      revisionId,
      group.map((row) => ({
        name: row.name,
        label: row.label,
        module: row.module,
        state: row.state,
        attempt: row.attempt,
        effectKey: row.effect_key,
        reference: row.reference,
        result: row.result,
        errorCode: row.error_code,
        errorSummary: row.error_summary,
        wakeAt: iso(row.wake_at),
        startedAt: iso(row.started_at),
        finishedAt: iso(row.finished_at),
      })),
    ]),
  );
}

async function readEvents(sql: Sql, orgId: string, orderId: string): Promise<readonly EventDetail[]> {
  const { rows } = await sql.query<{
    event_id: string;
    replay_id: string | null;
    request_key: string;
    disposition: string;
    deliveries: number;
    received_at: Date;
  }>(
    `SELECT event_id, encode(replay_id, 'hex') AS replay_id, request_key, disposition, deliveries, received_at
     FROM inbox WHERE org_id = $1 AND order_id = $2 ORDER BY inbox_id`,
    [orgId, orderId],
  );
  return rows.map((row) => ({
    eventId: row.event_id,
    replayId: row.replay_id,
    requestKey: row.request_key,
    disposition: row.disposition,
    deliveries: row.deliveries,
    receivedAt: row.received_at.toISOString(),
  }));
}

function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
