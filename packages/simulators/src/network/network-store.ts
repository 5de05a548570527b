import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { integerColumn, textColumn } from "../records/columns.ts";
import type { Row } from "../records/columns.ts";

export const specifications = ["esim", "sim", "broadband", "voice", "tv"] as const;
export type Specification = (typeof specifications)[number];

export const characteristicsSchema = z.record(
  z.string().min(1).max(64),
  z.union([z.string().max(1_000), z.number(), z.boolean()]),
);
export type Characteristics = Readonly<z.infer<typeof characteristicsSchema>>;

export type NewNetworkService = {
  readonly externalId: string;
  readonly specification: Specification;
  readonly name: string;
  readonly characteristics: Characteristics;
  readonly acceptedAt: string;
  /** When it becomes active, milliseconds since 1970; stored, so that a restart does not start the wait anew. */
  readonly dueAtMs: number;
};
export type NetworkService = NewNetworkService & { readonly id: number };

export function insertNetworkService(database: DatabaseSync, service: NewNetworkService): number {
  const { externalId, specification, name, characteristics, acceptedAt, dueAtMs } = service;
  const statement = database.prepare(
    `INSERT INTO network_service (external_id, specification, name, characteristics, accepted_at, due_at_ms)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const values = [externalId, specification, name, JSON.stringify(characteristics), acceptedAt, dueAtMs];
  return Number(statement.run(...values).lastInsertRowid);
}

export function findNetworkService(database: DatabaseSync, id: number): NetworkService | undefined {
  const row = database.prepare("SELECT * FROM network_service WHERE id = ?").get(id);
  return row === undefined ? undefined : readService(row);
}

export type ServicePart = { readonly services: readonly NetworkService[]; readonly total: number };

/** Services, all or those under one external id, oldest first: more than one under an id means that it was ordered twice. */
export function listServices(
  database: DatabaseSync,
  part: { readonly externalId?: string | undefined; readonly offset: number; readonly limit: number },
): ServicePart {
  const where = "(?1 IS NULL OR external_id = ?1)";
  const wanted = part.externalId ?? null;
  const counted = database
    .prepare(`SELECT count(*) AS total FROM network_service WHERE ${where}`)
    .get(wanted);
  const rows = database
    .prepare(`SELECT * FROM network_service WHERE ${where} ORDER BY id LIMIT ?2 OFFSET ?3`)
    .all(wanted, part.limit, part.offset);
  return {
    services: rows.map(readService),
    total: counted === undefined ? 0 : integerColumn(counted, "total"),
  };
}

function readService(row: Row): NetworkService {
  return {
    id: integerColumn(row, "id"),
    externalId: textColumn(row, "external_id"),
    specification: z.enum(specifications).parse(textColumn(row, "specification")),
    name: textColumn(row, "name"),
    characteristics: characteristicsSchema.parse(JSON.parse(textColumn(row, "characteristics"))),
    acceptedAt: textColumn(row, "accepted_at"),
    dueAtMs: integerColumn(row, "due_at_ms"),
  };
}
