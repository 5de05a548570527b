import type { ModuleAnswer, ModuleCall, ProvisioningModule } from "../../module.ts";
import { messageIdOf, orderActiveMail } from "./order-active-mail.ts";
import { failureOfMail } from "./signals.ts";
import type { SmtpClient } from "./smtp-client.ts";
import { createSmtpClient } from "./smtp-client.ts";

/** The mail server, and who the mails come from. */
export type NotifyConfig = {
  /** `smtp://host:port`, or `smtps://user:password@host:port`. */
  readonly url: string;
  /** Sender, such as `Sluice <no-reply@example.com>`. */
  readonly from: string;
  /** For one mail, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
};

const operations = ["order-active"] as const;

/**
 * The notification module (`notify`). `order-active` mails the order's contact and leaves `{ messageId }`, or
 * `{ skipped }` when there is nobody to write to. Mail is the one effect that may happen twice: an answer that was
 * lost cannot be looked up, so the mail goes out again with the same Message-ID.
 */
export function openNotify(config: NotifyConfig): ProvisioningModule {
  const timeoutMs = config.timeoutMs ?? 30_000;
  const smtp = createSmtpClient(config.url, config.from, timeoutMs);
  return {
    name: "notify",
    operations,
    run: async (call, signal): Promise<ModuleAnswer> => {
      if (call.operation === "order-active")
        return sendOrderActive(call, smtp, { ...config, timeoutMs }, signal);
      return { kind: "failed", failure: unknownOperation(call.operation) };
    },
    close: () => {
      smtp.close();
      return Promise.resolve();
    },
  };
}

async function sendOrderActive(
  call: ModuleCall,
  smtp: SmtpClient,
  config: { readonly from: string; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<ModuleAnswer> {
  const contact = call.order.contact;
  if (contact === null || contact.email === null) {
    return { kind: "done", result: { skipped: "no email" }, reference: null, adopted: false };
  }
  const messageId = messageIdOf(call.effectKey, config.from);
  const answer = await smtp.send(orderActiveMail(call.order, contact, contact.email, messageId), signal);
  if (answer.kind === "failed")
    return { kind: "failed", failure: failureOfMail(answer.error, config.timeoutMs) };
  return { kind: "done", result: { messageId }, reference: messageId, adopted: false };
}

function unknownOperation(operation: string) {
  return {
    class: "needs_operator",
    code: "PLAN_INVALID",
    summary: `The notify step cannot run: it has no operation "${operation}", only order-active.`,
    outcomeUnknown: false,
    moduleWide: false,
    customerEffect: "none",
  } as const;
}
