import { createOrders } from "../../packages/bff/test/system/support/new-orders.ts";
import { readIntake } from "../../packages/bff/test/system/support/portal-client.ts";
import type { Replica, Replicas } from "../../packages/bff/test/system/support/replicas.ts";
import { waitFor } from "../../packages/bff/test/system/support/wait-for.ts";

const DEADLINE_MS = 60_000;
const INTERVAL_MS = 5;

/** The two processes that may read the topic, and every order that was approved so far. */
export class ReaderPair {
  readonly replicas: Replicas;
  readonly approved: string[] = [];
  readonly #readers: Replica[] = [];

  constructor(replicas: Replicas) {
    this.replicas = replicas;
  }

  /** Brings the pair up to two, one of which streams and the other stands by. */
  async complete(): Promise<{ readonly leader: Replica; readonly standby: Replica; readonly epoch: number }> {
    while (this.#readers.length < 2) {
      this.#readers.push(await this.replicas.start(["serve", "--roles", "intake,portal"]));
    }
    const { leader, epoch } = await this.replicas.untilLed(this.#readers);
    const standby = this.#readers.find((reader) => reader !== leader);
    if (standby === undefined) throw new Error("there is no second reader");
    await this.#untilIn(leader, "streaming");
    await this.#untilIn(standby, "standby");
    return { leader, standby, epoch };
  }

  drop(reader: Replica): void {
    this.#readers.splice(this.#readers.indexOf(reader), 1);
  }

  /** Drafts that wait to be approved. */
  draft(count: number): Promise<readonly string[]> {
    return createOrders(this.replicas.org, { count, account: "fixture" });
  }

  async approve(orderIds: readonly string[]): Promise<void> {
    await this.replicas.org.approve(orderIds);
    this.approved.push(...orderIds);
  }

  /** Resolves once the order's event is committed. */
  async untilReceived(orderId: string): Promise<void> {
    const { database } = this.replicas;
    await waitFor(
      `${orderId} is in the inbox`,
      async () => {
        const { rowCount } = await database.query("SELECT FROM order_revision WHERE order_id = $1", [
          orderId,
        ]);
        return rowCount > 0 ? true : undefined;
      },
      { deadlineMs: DEADLINE_MS, intervalMs: INTERVAL_MS, picture: () => this.replicas.picture() },
    );
  }

  #untilIn({ portalUrl }: Replica, state: string): Promise<true> {
    return waitFor(
      `${portalUrl} is ${state}`,
      async () => ((await readIntake(portalUrl)).state === state ? true : undefined),
      { deadlineMs: DEADLINE_MS, intervalMs: 20, picture: () => this.replicas.picture() },
    );
  }
}
