import type { DatabaseSync } from "node:sqlite";
import { integerColumn, textColumn } from "../records/columns.ts";
import type { Row } from "../records/columns.ts";
import type { Page, PageRequest } from "./paging.ts";

export type BillingOrder = {
  readonly id: number;
  readonly clientId: number;
  readonly payment: string;
  readonly amountCents: number;
  /** 0 when nothing is charged. */
  readonly invoiceId: number;
  readonly status: string;
  readonly createdAt: string;
};

export type BillingService = {
  readonly id: number;
  readonly orderId: number;
  readonly clientId: number;
  readonly pid: number;
  readonly billingCycle: string;
  readonly quantity: number;
  readonly amountCents: number;
  readonly status: string;
  /** Our key, custom field 1; empty when the caller sent none. */
  readonly sluiceKey: string;
  readonly createdAt: string;
};

export type OrderedAddon = {
  readonly id: number;
  readonly orderId: number;
  readonly serviceId: number;
  readonly addonId: number;
  readonly amountCents: number;
  readonly status: string;
};

export type NewOrderLine = {
  readonly pid: number;
  readonly billingCycle: string;
  readonly quantity: number;
  readonly amountCents: number;
  readonly sluiceKey: string;
  readonly addons: readonly { readonly addonId: number; readonly amountCents: number }[];
};
export type NewOrder = {
  readonly clientId: number;
  readonly payment: string;
  readonly withInvoice: boolean;
  readonly createdAt: string;
  readonly lines: readonly NewOrderLine[];
};
export type PlacedOrder = {
  readonly orderId: number;
  readonly serviceIds: readonly number[];
  readonly addonIds: readonly number[];
  readonly invoiceId: number;
};

/** Stores a Pending order with its services and addons, in the order of its lines. */
export function insertOrder(database: DatabaseSync, order: NewOrder): PlacedOrder {
  const amountCents = order.lines
    .flatMap((line) => [line.amountCents, ...line.addons.map((addon) => addon.amountCents)])
    .reduce((sum, cents) => sum + cents, 0);
  const orderId = insertedId(
    database
      .prepare(
        `INSERT INTO billing_order (client_id, payment, amount_cents, invoice_id, status, created_at)
       VALUES (?, ?, ?, 0, 'Pending', ?)`,
      )
      .run(order.clientId, order.payment, amountCents, order.createdAt),
  );
  const invoiceId = order.withInvoice && amountCents > 0 ? insertInvoice(database, orderId) : 0;
  const serviceIds: number[] = [];
  const addonIds: number[] = [];
  for (const line of order.lines) {
    const serviceId = insertService(database, orderId, order, line);
    serviceIds.push(serviceId);
    for (const addon of line.addons) {
      const statement = database.prepare(
        `INSERT INTO billing_addon (order_id, service_id, addon_id, amount_cents, status)
         VALUES (?, ?, ?, ?, 'Pending')`,
      );
      addonIds.push(insertedId(statement.run(orderId, serviceId, addon.addonId, addon.amountCents)));
    }
  }
  return { orderId, serviceIds, addonIds, invoiceId };
}

/** Moves a Pending order with its services and addons; false when there is no such order or it is not Pending. */
export function decideOrder(
  database: DatabaseSync,
  orderId: number,
  status: "Active" | "Cancelled",
): boolean {
  const changed = database
    .prepare("UPDATE billing_order SET status = ? WHERE id = ? AND status = 'Pending'")
    .run(status, orderId).changes;
  if (Number(changed) === 0) return false;
  database.prepare("UPDATE billing_service SET status = ? WHERE order_id = ?").run(status, orderId);
  database.prepare("UPDATE billing_addon SET status = ? WHERE order_id = ?").run(status, orderId);
  return true;
}

export type OrderFilter = {
  readonly id: number | undefined;
  readonly clientId: number | undefined;
  readonly status: string;
};

/** Newest first, as WHMCS lists orders. */
export function listOrders(
  database: DatabaseSync,
  filter: OrderFilter,
  page: PageRequest,
): Page<BillingOrder> {
  const where = "(?1 IS NULL OR id = ?1) AND (?2 IS NULL OR client_id = ?2) AND (?3 = '' OR status = ?3)";
  const values = [filter.id ?? null, filter.clientId ?? null, filter.status];
  const counted = database
    .prepare(`SELECT count(*) AS total FROM billing_order WHERE ${where}`)
    .get(...values);
  const rows = database
    .prepare(`SELECT * FROM billing_order WHERE ${where} ORDER BY id DESC LIMIT ?4 OFFSET ?5`)
    .all(...values, page.size, page.start);
  return { items: rows.map(readOrder), total: counted === undefined ? 0 : integerColumn(counted, "total") };
}

export type ServiceFilter = {
  readonly clientId: number | undefined;
  readonly serviceId: number | undefined;
  readonly pid: number | undefined;
};

/** Oldest first. */
export function listServices(
  database: DatabaseSync,
  filter: ServiceFilter,
  page: PageRequest,
): Page<BillingService> {
  const where = "(?1 IS NULL OR client_id = ?1) AND (?2 IS NULL OR id = ?2) AND (?3 IS NULL OR pid = ?3)";
  const values = [filter.clientId ?? null, filter.serviceId ?? null, filter.pid ?? null];
  const counted = database
    .prepare(`SELECT count(*) AS total FROM billing_service WHERE ${where}`)
    .get(...values);
  const rows = database
    .prepare(`SELECT * FROM billing_service WHERE ${where} ORDER BY id LIMIT ?4 OFFSET ?5`)
    .all(...values, page.size, page.start);
  return { items: rows.map(readService), total: counted === undefined ? 0 : integerColumn(counted, "total") };
}

export function servicesOfOrder(database: DatabaseSync, orderId: number): readonly BillingService[] {
  const rows = database.prepare("SELECT * FROM billing_service WHERE order_id = ? ORDER BY id").all(orderId);
  return rows.map(readService);
}

export function addonsOfOrder(database: DatabaseSync, orderId: number): readonly OrderedAddon[] {
  const rows = database.prepare("SELECT * FROM billing_addon WHERE order_id = ? ORDER BY id").all(orderId);
  return rows.map((row) => ({
    id: integerColumn(row, "id"),
    orderId: integerColumn(row, "order_id"),
    serviceId: integerColumn(row, "service_id"),
    addonId: integerColumn(row, "addon_id"),
    amountCents: integerColumn(row, "amount_cents"),
    status: textColumn(row, "status"),
  }));
}

function insertService(database: DatabaseSync, orderId: number, order: NewOrder, line: NewOrderLine): number {
  const statement = database.prepare(
    `INSERT INTO billing_service
       (order_id, client_id, pid, billing_cycle, quantity, amount_cents, status, sluice_key, created_at)
     VALUES (?, ?, ?, ?, ?, ?, 'Pending', ?, ?)`,
  );
  const { pid, billingCycle, quantity, amountCents, sluiceKey } = line;
  return insertedId(
    statement.run(
      orderId,
      order.clientId,
      pid,
      billingCycle,
      quantity,
      amountCents,
      sluiceKey,
      order.createdAt,
    ),
  );
}

function insertInvoice(database: DatabaseSync, orderId: number): number {
  const invoiceId = insertedId(
    database.prepare("INSERT INTO billing_invoice (order_id) VALUES (?)").run(orderId),
  );
  database.prepare("UPDATE billing_order SET invoice_id = ? WHERE id = ?").run(invoiceId, orderId);
  return invoiceId;
}

function insertedId(result: { readonly lastInsertRowid: number | bigint }): number {
  return Number(result.lastInsertRowid);
}

function readOrder(row: Row): BillingOrder {
  return {
    id: integerColumn(row, "id"),
    clientId: integerColumn(row, "client_id"),
    payment: textColumn(row, "payment"),
    amountCents: integerColumn(row, "amount_cents"),
    invoiceId: integerColumn(row, "invoice_id"),
    status: textColumn(row, "status"),
    createdAt: textColumn(row, "created_at"),
  };
}

function readService(row: Row): BillingService {
  return {
    id: integerColumn(row, "id"),
    orderId: integerColumn(row, "order_id"),
    clientId: integerColumn(row, "client_id"),
    pid: integerColumn(row, "pid"),
    billingCycle: textColumn(row, "billing_cycle"),
    quantity: integerColumn(row, "quantity"),
    amountCents: integerColumn(row, "amount_cents"),
    status: textColumn(row, "status"),
    sluiceKey: textColumn(row, "sluice_key"),
    createdAt: textColumn(row, "created_at"),
  };
}
