import type { OrderContact, OrderSnapshot } from "../../../orders/order.ts";

export type Mail = {
  /** The same for every attempt, so that mail servers and readers can tell a repetition: `<key@domain>`. */
  readonly messageId: string;
  readonly recipient: string;
  readonly recipientName: string;
  readonly subject: string;
  /** Plain text; the mail has no other part. */
  readonly text: string;
};

/** The mail that tells a customer that everything on the order works. */
export function orderActiveMail(
  order: OrderSnapshot,
  contact: OrderContact,
  recipient: string,
  messageId: string,
): Mail {
  const recipientName = [contact.firstName, contact.lastName].filter((part) => part !== null).join(" ");
  const lines = order.lines.map((line) =>
    line.quantity === 1 ? `- ${line.productName}` : `- ${line.quantity} x ${line.productName}`,
  );
  const text = [
    `Dear ${recipientName},`,
    "",
    `your order ${order.orderNumber} is active. You can use:`,
    "",
    ...lines,
    "",
    `If something does not work, answer this mail and keep the order number ${order.orderNumber} in it.`,
    "",
  ].join("\n");
  return { messageId, recipient, recipientName, subject: `Your order ${order.orderNumber} is active`, text };
}

/** A Message-ID in the sender's domain. */
export function messageIdOf(effectKey: string, from: string): string {
  const domain = /@([^@\s>]+)>?\s*$/.exec(from)?.[1] ?? "localhost";
  return `<${effectKey}@${domain}>`;
}
