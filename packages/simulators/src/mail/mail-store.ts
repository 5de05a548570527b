import type { DatabaseSync } from "node:sqlite";
import { integerColumn, textColumn } from "../records/columns.ts";

export type NewMailMessage = {
  /** As in the header, angle brackets included; empty when the message has none. */
  readonly messageId: string;
  readonly from: string;
  /** The envelope's recipients, separated by `, `. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly receivedAt: string;
};
export type MailMessage = NewMailMessage & { readonly id: number };

export function insertMessage(database: DatabaseSync, message: NewMailMessage): number {
  const { messageId, from, to, subject, text, receivedAt } = message;
  const statement = database.prepare(
    `INSERT INTO mail_message (message_id, sender, recipients, subject, text, received_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  return Number(statement.run(messageId, from, to, subject, text, receivedAt).lastInsertRowid);
}

/** Newest first. */
export function listMessages(database: DatabaseSync, limit: number): readonly MailMessage[] {
  const rows = database.prepare("SELECT * FROM mail_message ORDER BY id DESC LIMIT ?").all(limit);
  return rows.map((row) => ({
    id: integerColumn(row, "id"),
    messageId: textColumn(row, "message_id"),
    from: textColumn(row, "sender"),
    to: textColumn(row, "recipients"),
    subject: textColumn(row, "subject"),
    text: textColumn(row, "text"),
    receivedAt: textColumn(row, "received_at"),
  }));
}
