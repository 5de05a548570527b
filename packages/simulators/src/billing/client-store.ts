import type { DatabaseSync } from "node:sqlite";
import { integerColumn, textColumn } from "../records/columns.ts";
import type { Row } from "../records/columns.ts";
import type { Page, PageRequest } from "./paging.ts";

export const clientTextFields = [
  "firstname",
  "lastname",
  "companyname",
  "email",
  "address1",
  "city",
  "state",
  "postcode",
  "country",
  "phonenumber",
] as const;
export type ClientTextField = (typeof clientTextFields)[number];

export type NewClient = Readonly<Record<ClientTextField, string>> & {
  readonly uuid: string;
  /** Our key, custom field 1; empty when the caller sent none. */
  readonly sluiceKey: string;
  readonly createdAt: string;
};
export type BillingClient = NewClient & { readonly id: number };

export function insertClient(database: DatabaseSync, client: NewClient): number {
  const statement = database.prepare(
    `INSERT INTO billing_client (uuid, sluice_key, created_at, ${clientTextFields.join(", ")})
     VALUES (?, ?, ?, ${clientTextFields.map(() => "?").join(", ")})`,
  );
  const texts = clientTextFields.map((name) => client[name]);
  return Number(statement.run(client.uuid, client.sluiceKey, client.createdAt, ...texts).lastInsertRowid);
}

export function findClient(database: DatabaseSync, id: number): BillingClient | undefined {
  const row = database.prepare("SELECT * FROM billing_client WHERE id = ?").get(id);
  return row === undefined ? undefined : readClient(row);
}

/** Capitals do not matter: an address belongs to one client. */
export function findClientByEmail(database: DatabaseSync, email: string): BillingClient | undefined {
  const row = database.prepare("SELECT * FROM billing_client WHERE email = ?").get(email);
  return row === undefined ? undefined : readClient(row);
}

/** Clients whose name, company or e-mail holds `search`, oldest first. */
export function searchClients(
  database: DatabaseSync,
  search: string,
  page: PageRequest,
): Page<BillingClient> {
  const where =
    "instr(unicode_lower(firstname || ' ' || lastname || ' ' || companyname || ' ' || email), ?) > 0";
  const needle = search.toLowerCase();
  const counted = database.prepare(`SELECT count(*) AS total FROM billing_client WHERE ${where}`).get(needle);
  const rows = database
    .prepare(`SELECT * FROM billing_client WHERE ${where} ORDER BY id LIMIT ? OFFSET ?`)
    .all(needle, page.size, page.start);
  return { items: rows.map(readClient), total: counted === undefined ? 0 : integerColumn(counted, "total") };
}

function readClient(row: Row): BillingClient {
  return {
    id: integerColumn(row, "id"),
    uuid: textColumn(row, "uuid"),
    sluiceKey: textColumn(row, "sluice_key"),
    createdAt: textColumn(row, "created_at"),
    firstname: textColumn(row, "firstname"),
    lastname: textColumn(row, "lastname"),
    companyname: textColumn(row, "companyname"),
    email: textColumn(row, "email"),
    address1: textColumn(row, "address1"),
    city: textColumn(row, "city"),
    state: textColumn(row, "state"),
    postcode: textColumn(row, "postcode"),
    country: textColumn(row, "country"),
    phonenumber: textColumn(row, "phonenumber"),
  };
}
