import type { NodemailerError } from "nodemailer";
import { createTransport } from "nodemailer";
import type { Mail } from "./order-active-mail.ts";

export type SmtpAnswer =
  | { readonly kind: "sent"; readonly response: string }
  | { readonly kind: "failed"; readonly error: NodemailerError };

export type SmtpClient = {
  /**
   * Hands one mail to the server.
   *
   * @throws the reason of `signal` when the caller aborted.
   */
  readonly send: (mail: Mail, signal: AbortSignal) => Promise<SmtpAnswer>;
  readonly close: () => void;
};

/** A client of one mail server, with a connection for each mail. `url` may carry `user:password@`. */
export function createSmtpClient(url: string, from: string, timeoutMs: number): SmtpClient {
  const transport = createTransport(
    {
      url,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
    },
    { disableFileAccess: true, disableUrlAccess: true },
  );
  return {
    send: async (mail, signal) => {
      signal.throwIfAborted();
      try {
        const sent = await transport.sendMail({
          from,
          // As an object, so that a comma in an address cannot make two recipients of it.
          to: { name: mail.recipientName, address: mail.recipient },
          subject: mail.subject,
          text: mail.text,
          messageId: mail.messageId,
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        return { kind: "sent", response: sent.response };
      } catch (reason) {
        if (signal.aborted) throw reason;
        if (!(reason instanceof Error)) throw reason;
        return { kind: "failed", error: reason };
      }
    },
    close: () => {
      transport.close();
    },
  };
}
