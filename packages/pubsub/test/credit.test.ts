import assert from "node:assert/strict";
import { test } from "node:test";
import { decideCredit, readCapacity } from "../src/subscription/credit.ts";
import type { CreditSituation } from "../src/subscription/credit.ts";

const idle: CreditSituation = { outstanding: 0, held: 0, capacity: 100, withoutCreditMs: 0 };

const rows: readonly (readonly [string, Partial<CreditSituation>, number | "close"])[] = [
  ["asks for everything at first", {}, 100],
  ["asks for no more than 100 however much room there is", { capacity: 5_000 }, 100],
  ["asks for nothing while more than half of the credit is left", { outstanding: 51 }, 0],
  ["asks for the rest when half of it is used", { outstanding: 50 }, 50],
  ["asks for less by what is held", { held: 50 }, 50],
  [
    "asks for 100 more while the consumer works on 100, when there is room for 200",
    { held: 100, capacity: 200 },
    100,
  ],
  ["asks for nothing when what is held fills the capacity", { held: 100 }, 0],
  ["asks for nothing when the capacity has shrunk below the credit", { outstanding: 80, capacity: 10 }, 0],
  ["asks for one event of a fresh stream without capacity", { capacity: 0, withoutCreditMs: null }, 1],
  ["asks for one event after 30 s without credit", { capacity: 0, withoutCreditMs: 30_000 }, 1],
  ["asks for nothing before that", { capacity: 0, withoutCreditMs: 29_999 }, 0],
  ["asks for no second standing credit", { capacity: 0, outstanding: 1, withoutCreditMs: 90_000 }, 0],
  ["asks for standing credit beyond the capacity", { held: 109, withoutCreditMs: 30_000 }, 1],
  ["asks for none of it for ever", { held: 110, withoutCreditMs: 49_999 }, 0],
  ["closes a stream that the server would close in 10 s", { held: 110, withoutCreditMs: 50_000 }, "close"],
];

for (const [name, change, expected] of rows) {
  test(name, () => {
    const decision = decideCredit({ ...idle, ...change });
    const said = decision.kind === "request" ? decision.count : decision.kind === "keep" ? 0 : "close";
    assert.equal(said, expected);
  });
}

test("credit never exceeds 100, nor the capacity by more than the standing credits", () => {
  for (let outstanding = 0; outstanding <= 100; outstanding += 10) {
    for (let held = 0; held <= 300; held += 10) {
      for (const capacity of [0, 1, 50, 100, 250, 1_000]) {
        const decision = decideCredit({ outstanding, held, capacity, withoutCreditMs: 30_000 });
        if (decision.kind !== "request") continue;
        assert.ok(decision.count > 0 && outstanding + decision.count <= 100);
        assert.ok(outstanding + held + decision.count <= capacity + 10);
      }
    }
  }
});

test("reads a capacity that is a number, holds one or tells one, and takes nonsense for none", () => {
  const holder = { value: 7 };
  for (const [capacity, expected] of [
    [12, 12],
    [holder, 7],
    [() => 3.9, 3],
    [-5, 0],
    [() => Number.NaN, 0],
    [{ value: Number.POSITIVE_INFINITY }, 0],
  ] as const) {
    assert.equal(readCapacity(capacity), expected);
  }
});
