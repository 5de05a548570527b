import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import type { SMTPServerDataStream, SMTPServerSession } from "smtp-server";
import { isoTime, performCall, recordAnswer } from "../call/perform-call.ts";
import type { CallDesk, Outcome } from "../call/perform-call.ts";
import type { Fault } from "../control/faults.ts";
import { insertMessage } from "./mail-store.ts";
import type { NewMailMessage } from "./mail-store.ts";

const maxMessageBytes = 1_000_000;

export type MailServer = { readonly port: number; readonly close: () => Promise<void> };

/** How a message ends: SMTP reply code and text, or no reply. */
type MailReply =
  | { readonly kind: "reply"; readonly code: number; readonly text: string }
  | { readonly kind: "silence" }
  | { readonly kind: "reset" };

/** Starts the mail stand-in. Rejects with Node's own error when the port cannot be had. */
export async function startMailServer(desk: CallDesk, host: string, port: number): Promise<MailServer> {
  const sockets = new Map<number, Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    size: maxMessageBytes,
    closeTimeout: 100,
    onData: (stream, session, callback) => {
      void handleMessage(desk, stream, session, { sockets, callback });
    },
  });
  server.server.on("connection", (socket) => {
    const { remotePort } = socket;
    if (remotePort === undefined) return;
    sockets.set(remotePort, socket);
    socket.once("close", () => sockets.delete(remotePort));
  });
  // Errors of single connections are the clients' business; without a listener they would end the process.
  server.on("error", () => undefined);
  const listener = server.server.listen(port, host);
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets.values()) socket.destroy();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

type MessageExchange = {
  /** Open connections by the client's port. */
  readonly sockets: ReadonlyMap<number, Socket>;
  readonly callback: (error: Error | null, text?: string) => void;
};

async function handleMessage(
  desk: CallDesk,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  { sockets, callback }: MessageExchange,
): Promise<void> {
  const reply = await receiveMessage(desk, stream, session, sockets).catch(failureReply);
  switch (reply.kind) {
    case "silence":
      return;
    case "reset":
      sockets.get(session.remotePort)?.resetAndDestroy();
      return;
    case "reply":
      callback(...smtpReply(reply));
  }
}

async function receiveMessage(
  desk: CallDesk,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  sockets: ReadonlyMap<number, Socket>,
): Promise<MailReply> {
  const message = await readMessage(stream, session);
  const key = message.messageId || null;
  const { callId, end } = await performCall(desk, { system: "mail", operation: "Send" }, key, (nowMs) =>
    deliver(desk, { ...message, receivedAt: isoTime(nowMs) }),
  );
  const reply = end.kind === "answer" ? end.answer : faultReply(end.fault);
  const socket = sockets.get(session.remotePort);
  if (reply.kind !== "reply" || socket?.writable !== true) return reply;
  recordAnswer(desk, callId, String(reply.code));
  return reply;
}

async function readMessage(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<Omit<NewMailMessage, "receivedAt">> {
  const parsed = await simpleParser(stream, { skipTextToHtml: true, skipImageLinks: true });
  const { mailFrom, rcptTo } = session.envelope;
  return {
    messageId: parsed.messageId ?? "",
    from: mailFrom === false ? "" : mailFrom.address,
    to: rcptTo.map((recipient) => recipient.address).join(", "),
    subject: parsed.subject ?? "",
    text: parsed.text ?? "",
  };
}

function deliver(desk: CallDesk, message: NewMailMessage): Outcome<MailReply> {
  const id = insertMessage(desk.database, message);
  return {
    answer: { kind: "reply", code: 250, text: `Message ${id} accepted` },
    effects: [
      {
        key: message.messageId || null,
        reference: `message ${id}`,
        line: `mail: message ${id} to ${message.to}`,
      },
    ],
  };
}

// What cannot be parsed, and what the closing of the simulators cut off: the sender may try again.
function failureReply(): MailReply {
  return { kind: "reply", code: 451, text: "Local error in processing" };
}

function faultReply(fault: Fault): MailReply {
  switch (fault.kind) {
    case "timeout":
      return { kind: "silence" };
    case "refuse":
      return { kind: "reset" };
    case "http_500":
      return { kind: "reply", code: 451, text: "Local error in processing" };
    case "unavailable":
      return { kind: "reply", code: 421, text: "Service not available, try again later" };
    case "error_message":
      return { kind: "reply", code: 550, text: fault.message };
  }
}

/** The arguments of smtp-server's callback: a text for 250, an error for everything else. */
function smtpReply(reply: { readonly code: number; readonly text: string }): [Error | null, string?] {
  if (reply.code === 250) return [null, reply.text];
  return [Object.assign(new Error(reply.text), { responseCode: reply.code })];
}
