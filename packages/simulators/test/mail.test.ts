import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTransport } from "nodemailer";
import type { Simulators } from "../src/index.ts";
import { ManualClock, callsOf, control, startForTest, summaryOf } from "./start.ts";

const message = {
  from: "portal@sluice.test",
  to: "Søren <soren.nandu@example.com>",
  subject: "Ihr Dienst läuft 🚀",
  text: "Żółta Łódź: your service is active.",
  messageId: "<effect-1@sluice.test>",
};

async function send(simulators: Simulators, mail: typeof message): Promise<void> {
  const transport = createTransport({ url: simulators.smtpUrl });
  try {
    await transport.sendMail(mail);
  } finally {
    transport.close();
  }
}

test("a message is kept with its Message-ID, recipient, subject and text", async (t) => {
  const simulators = await startForTest(t);
  await send(simulators, message);
  const { messages } = await control<{ messages: Record<string, unknown>[] }>(simulators, "GET", "mail");
  const [kept] = messages;
  assert.equal(kept?.["messageId"], message.messageId);
  assert.equal(kept?.["to"], "soren.nandu@example.com");
  assert.equal(kept?.["subject"], message.subject);
  assert.equal(String(kept?.["text"]).trim(), message.text);
  const [call] = await callsOf(simulators);
  assert.deepEqual([call?.key, call?.status], [message.messageId, "250"]);
});

test("the same Message-ID again is a repeat and no doubled effect", async (t) => {
  const simulators = await startForTest(t);
  await send(simulators, message);
  await send(simulators, message);
  await send(simulators, { ...message, messageId: "<effect-2@sluice.test>" });
  const { doubled, repeats, effects } = await summaryOf(simulators);
  assert.deepEqual([doubled, repeats, effects.total], [[], { mail: 1 }, 3]);
});

test("a sender that dies before the reply leaves an unanswered call and a delivered message", async (t) => {
  const clock = new ManualClock();
  const simulators = await startForTest(t, { clock });
  await control(simulators, "PUT", "settings", { delayMs: 100 });
  const socket = await submitMessage(simulators.smtpPort);
  await clock.whenSleeping(1);
  socket.destroy();
  await summaryOf(simulators); // a round trip through the same event loop: the hang-up was seen before it
  clock.advance(50);
  await clock.whenSleeping(1);
  clock.advance(50);
  const { calls, effects } = await summaryOf(simulators);
  assert.deepEqual(calls, { started: 1, answered: 0, unanswered: 1 });
  assert.equal(effects.total, 1);
});

test("mail faults are SMTP replies: 451, 421, and 550 with the text that was set", async (t) => {
  const simulators = await startForTest(t);
  const operation = "mail.Send";
  await control(simulators, "PUT", "faults", {
    faults: [
      { operation, kind: "http_500" },
      { operation, kind: "unavailable" },
      { operation, kind: "error_message", message: "No such mailbox" },
    ],
  });
  await assert.rejects(send(simulators, message), { responseCode: 451 });
  await assert.rejects(send(simulators, message), { responseCode: 421 });
  await assert.rejects(send(simulators, message), { responseCode: 550, response: /No such mailbox/ });
  await send(simulators, message);
  assert.equal((await summaryOf(simulators)).effects.total, 1);
});

test("a reset connection after the effect loses only the reply", async (t) => {
  const simulators = await startForTest(t);
  await control(simulators, "PUT", "faults", {
    faults: [{ operation: "mail.Send", kind: "refuse", afterEffect: true }],
  });
  await assert.rejects(send(simulators, message));
  const { calls, effects } = await summaryOf(simulators);
  assert.deepEqual([calls.unanswered, effects.total], [1, 1]);
});

/** Hands a message over up to its final dot, one command for each reply, and does not wait for the last reply. */
async function submitMessage(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  const commands = [
    "HELO sender.test",
    "MAIL FROM:<portal@sluice.test>",
    "RCPT TO:<ana@example.com>",
    "DATA",
    "Message-ID: <effect-1@sluice.test>\r\n\r\nYour service is active.\r\n.",
  ];
  for (const command of commands) {
    await once(socket, "data");
    socket.write(`${command}\r\n`);
  }
  return socket;
}
