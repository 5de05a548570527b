import assert from "node:assert/strict";
import { test } from "node:test";
import { creditToRequest } from "../src/subscription/credit.ts";
import type { CreditSituation } from "../src/subscription/credit.ts";

const idle: CreditSituation = { outstanding: 0, queued: 0, inHand: 0, capacity: 100, withoutCreditMs: 0 };

const rows: readonly (readonly [string, Partial<CreditSituation>, number])[] = [
  ["everything at first", {}, 100],
  ["no more than 100 however much room there is", { capacity: 5_000 }, 100],
  ["nothing while more than half of the credit is left", { outstanding: 51 }, 0],
  ["the rest when half of it is used", { outstanding: 50 }, 50],
  ["less by what waits and by what is in hand", { queued: 20, inHand: 30 }, 50],
  ["nothing when what waits and is in hand fills the capacity", { queued: 60, inHand: 40 }, 0],
  ["nothing when the capacity has shrunk below the credit", { outstanding: 80, capacity: 10 }, 0],
  ["whole events only", { capacity: 3.9 }, 3],
  ["one event of a fresh stream without capacity", { capacity: 0, withoutCreditMs: null }, 1],
  ["one event after 30 s without credit", { capacity: 0, withoutCreditMs: 30_000 }, 1],
  ["nothing before that", { capacity: 0, withoutCreditMs: 29_999 }, 0],
  ["no second standing credit", { capacity: 0, outstanding: 1, withoutCreditMs: 90_000 }, 0],
  ["nothing, not even standing credit, when 100 events wait", { queued: 100, withoutCreditMs: 90_000 }, 0],
  ["as without capacity when it is negative", { capacity: -5, withoutCreditMs: 0 }, 0],
  ["as without capacity when it is no number", { capacity: Number.NaN, withoutCreditMs: 0 }, 0],
];

for (const [name, change, expected] of rows) {
  test(`asks for ${name}`, () => {
    assert.equal(creditToRequest({ ...idle, ...change }), expected);
  });
}

test("credit and waiting events together never exceed 100", () => {
  for (let outstanding = 0; outstanding <= 100; outstanding += 10) {
    for (let queued = 0; queued + outstanding <= 100; queued += 10) {
      for (const capacity of [0, 1, 50, 100, 1_000]) {
        const more = creditToRequest({ ...idle, outstanding, queued, capacity, withoutCreditMs: 60_000 });
        assert.ok(more >= 0 && outstanding + queued + more <= 100);
      }
    }
  }
});
