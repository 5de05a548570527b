import type { RevisionState } from "../orders/revision-state.ts";
import type { JournalTail } from "../store/journal-tail.ts";
import type { FeedEntry, FeedPosition, StreamEntry } from "../store/journal-feed.ts";
import { latestFeedPosition, readFeed, readStream } from "../store/journal-feed.ts";
import type { OrderDetail } from "../store/order-detail.ts";
import { readOrderDetail } from "../store/order-detail.ts";
import type { OrderFilter, OrderRow } from "../store/order-list.ts";
import { countOrders, listOrders } from "../store/order-list.ts";
import type { Store } from "../store/store.ts";

const STREAM_PAGE = 500;

/** What the portal reads. Empty until the store is tied to an org. */
export type PortalReads = {
  listOrders(filter: OrderFilter): Promise<readonly OrderRow[]>;
  countOrders(): Promise<Readonly<Partial<Record<RevisionState, number>>>>;
  orderDetail(orderId: string): Promise<OrderDetail | undefined>;
  /** What is there after the position, all of it. */
  orderStream(orderId: string, afterEntryNo: number): AsyncIterable<StreamEntry>;
  feed(after: FeedPosition): AsyncIterable<FeedEntry>;
  latestPosition(): Promise<FeedPosition>;
  /**
   * Calls `onChange` once now and after each change, never twice at a time; changes meanwhile lead to one more call.
   * Returns how to stop.
   */
  onChange(onChange: () => Promise<void>): () => void;
};

export function portalReads(store: Store, orgId: () => string | undefined, tail: JournalTail): PortalReads {
  const sql = store.database;
  return {
    listOrders: (filter) => listOrders(sql, orgId() ?? "", filter),
    countOrders: () => countOrders(sql, orgId() ?? ""),
    orderDetail: async (orderId) => {
      const org = orgId();
      return org === undefined ? undefined : readOrderDetail(sql, org, orderId);
    },
    orderStream: (orderId, after) =>
      allPages((last: StreamEntry | undefined) =>
        readStream(sql, orgId() ?? "", orderId, last?.entryNo ?? after, STREAM_PAGE),
      ),
    feed: (after) =>
      allPages((last: FeedEntry | undefined) =>
        readFeed(sql, orgId() ?? "", last?.position ?? after, STREAM_PAGE),
      ),
    latestPosition: () => latestFeedPosition(sql, orgId() ?? ""),
    onChange(onChange) {
      const runs = { active: false, again: false, stopped: false };
      const run = async () => {
        runs.again = true;
        if (runs.active) return;
        runs.active = true;
        try {
          while (runs.again && !runs.stopped) {
            runs.again = false;
            await onChange();
          }
        } catch {
          // The store is closing or unreachable; the next change, or the client's reconnection, reads again.
        } finally {
          runs.active = false;
        }
      };
      const stop = tail.listen(() => void run());
      void run();
      return () => {
        runs.stopped = true;
        stop();
      };
    },
  };
}

async function* allPages<Entry>(
  read: (last: Entry | undefined) => Promise<readonly Entry[]>,
): AsyncGenerator<Entry> {
  let last: Entry | undefined;
  for (;;) {
    const page = await read(last);
    yield* page;
    last = page.at(-1);
    if (page.length < STREAM_PAGE) return;
  }
}
