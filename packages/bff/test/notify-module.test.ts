import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openNotify } from "../src/provisioning/modules/notify-smtp/open-notify.ts";
import { callOf, closedPort, sampleOrder, setStage, verdict } from "./modules-stage.ts";
import type { Stage } from "./modules-stage.ts";

const never = new AbortController().signal;
const messageId = "<0123456789abcdef0123456789abcdef01234567@example.com>";

type Message = { messageId: string; to: unknown; subject: string; text: string };

async function mailStage(t: TestContext, timeoutMs = 1_000) {
  const stage = await setStage(t);
  const notify = openNotify({
    url: stage.simulators.smtpUrl,
    from: "Sluice <no-reply@example.com>",
    timeoutMs,
  });
  t.after(() => notify.close());
  return { stage, notify };
}

async function received(stage: Stage): Promise<readonly Message[]> {
  const { messages } = (await stage.read("/__sim/mail?limit=10")) as { messages: Message[] };
  return messages;
}

test("the contact is told what works, in plain text that survives byte for byte", async (t) => {
  const { stage, notify } = await mailStage(t);
  const answer = await notify.run(callOf("order-active"), never);
  assert.deepEqual(answer, { kind: "done", result: { messageId }, reference: messageId, adopted: false });
  const [mail] = await received(stage);
  assert.equal(mail?.messageId, messageId);
  assert.match(JSON.stringify(mail?.to), /soren\.nandu@example\.com/);
  assert.equal(mail?.subject, "Your order 00000108 is active");
  assert.match(mail?.text ?? "", /Dear Søren Ñandú-Ōta 王小明,\n/);
  assert.match(mail?.text ?? "", /- 2 x Mobile 10 GB eSIM/);
});

test("a repeated mail carries the same Message-ID", async (t) => {
  const { stage, notify } = await mailStage(t);
  await notify.run(callOf("order-active"), never);
  await notify.run(callOf("order-active", { lookUpFirst: true }), never);
  const mails = await received(stage);
  assert.deepEqual(
    mails.map((mail) => mail.messageId),
    [messageId, messageId],
  );
});

test("a contact without an e-mail address is no failure", async (t) => {
  const { stage, notify } = await mailStage(t);
  const order = { ...sampleOrder, contact: null };
  const answer = await notify.run(callOf("order-active", { order }), never);
  assert.deepEqual(answer, {
    kind: "done",
    result: { skipped: "no email" },
    reference: null,
    adopted: false,
  });
  assert.deepEqual(await received(stage), []);
});

test("a contact's name cannot add a recipient or a header", async (t) => {
  const { stage, notify } = await mailStage(t);
  const contact = {
    firstName: "Eve\r\nBcc: third@example.com",
    lastName: "<fourth@example.com>, fifth@example.com",
    email: "eve@example.com",
    phone: null,
  };
  await notify.run(callOf("order-active", { order: { ...sampleOrder, contact } }), never);
  const { effects } = (await stage.read("/__sim/effects?limit=10")) as { effects: { reference: string }[] };
  assert.equal(effects.length, 1);
  const [mail] = await received(stage);
  assert.match(JSON.stringify(mail?.to), /eve@example\.com/);
  assert.doesNotMatch(JSON.stringify(mail?.to), /third|fourth@example\.com"|fifth@example\.com"/);
});

const replies = [
  ["http_500", { class: "retryable", code: "NOTIFY_TRY_LATER", outcomeUnknown: false, moduleWide: false }],
  ["unavailable", { class: "retryable", code: "NOTIFY_TRY_LATER", outcomeUnknown: false, moduleWide: false }],
  [
    "error_message",
    { class: "needs_operator", code: "NOTIFY_REFUSED", outcomeUnknown: false, moduleWide: false },
  ],
  [
    "timeout",
    { class: "retryable", code: "NOTIFY_CONNECTION_LOST", outcomeUnknown: true, moduleWide: false },
  ],
  ["refuse", { class: "retryable", code: "NOTIFY_CONNECTION_LOST", outcomeUnknown: true, moduleWide: false }],
] as const;

for (const [kind, expected] of replies) {
  test(`a mail server's ${kind} means ${expected.code}`, async (t) => {
    const { stage, notify } = await mailStage(t, 300);
    await stage.breakNext([{ operation: "mail.Send", kind }]);
    assert.deepEqual(verdict(await notify.run(callOf("order-active"), never)), expected);
  });
}

test("a mail server that is down was asked nothing, and its password is not told", async (t) => {
  const notify = openNotify({
    url: `smtp://sluice:mail-secret@127.0.0.1:${await closedPort()}`,
    from: "no-reply@example.com",
  });
  t.after(() => notify.close());
  const answer = await notify.run(callOf("order-active"), never);
  assert.deepEqual(verdict(answer), {
    class: "retryable",
    code: "NOTIFY_UNREACHABLE",
    outcomeUnknown: false,
    moduleWide: true,
  });
  assert.doesNotMatch(JSON.stringify(answer), /mail-secret/);
});

test("an abort ends the mail at once, as a throw", async (t) => {
  const { stage, notify } = await mailStage(t, 60_000);
  await stage.breakNext([{ operation: "mail.Send", kind: "timeout" }]);
  const controller = new AbortController();
  const running = notify.run(callOf("order-active"), controller.signal);
  controller.abort(new Error("shutting down"));
  await assert.rejects(running);
});
