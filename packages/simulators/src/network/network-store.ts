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

/** Every service under this external id, oldest first: more than one means that it was ordered twice. */
export function listByExternalId(database: DatabaseSync, externalId: string): readonly NetworkService[] {
  const rows = database
    .prepare("SELECT * FROM network_service WHERE external_id = ? ORDER BY id LIMIT 100")
    .all(externalId);
  return rows.map(readService);
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
