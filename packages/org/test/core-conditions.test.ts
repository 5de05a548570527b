import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConditionOperator } from "../src/flow/flow.ts";
import type { FlowData } from "../src/flow/flow-data.ts";
import { meetsCondition } from "../src/flow/meets-condition.ts";
import type { Value } from "../src/formula/value.ts";

const noon: Value = { kind: "datetime", ms: Date.UTC(2026, 10, 23, 12) };
const one: Value = { kind: "datetime", ms: Date.UTC(2026, 10, 23, 13) };

function collection(...items: readonly string[]): FlowData {
  return { kind: "collection", items };
}

const rows: readonly (readonly [
  left: FlowData,
  operator: ConditionOperator,
  right: FlowData,
  isMet: boolean,
])[] = [
  ["Approved", "EqualTo", "Approved", true],
  ["Approved", "EqualTo", "approved", false],
  [null, "EqualTo", "", false],
  [null, "EqualTo", null, true],
  ["", "EqualTo", "", true],
  [null, "NotEqualTo", "", true],
  [1, "EqualTo", "1", false],
  [noon, "EqualTo", noon, true],
  ["a", "NotEqualTo", "b", true],
  [null, "NotEqualTo", "b", true],
  [2, "GreaterThan", 1, true],
  [1, "GreaterThan", 1, false],
  [null, "GreaterThan", -1, false],
  [one, "GreaterThan", noon, true],
  [1, "GreaterThanOrEqualTo", 1, true],
  [0, "GreaterThanOrEqualTo", 1, false],
  [null, "GreaterThanOrEqualTo", 0, false],
  [noon, "LessThan", one, true],
  [1, "LessThan", 1, false],
  [1, "LessThanOrEqualTo", 1, true],
  [null, "LessThanOrEqualTo", 1, false],
  ["abc", "StartsWith", "ab", true],
  ["abc", "StartsWith", "bc", false],
  ["abc", "EndsWith", "bc", true],
  ["abc", "Contains", "B", false],
  [null, "Contains", "a", false],
  [null, "IsNull", true, true],
  ["", "IsNull", true, false],
  [0, "IsNull", false, true],
  ["", "IsBlank", true, true],
  ["x", "IsEmpty", false, true],
  [null, "StartsWith", "", false],
  ["abc", "EndsWith", null, false],
  [collection("a", "b"), "IsEmpty", true, false],
  [collection(), "IsEmpty", true, true],
  [collection(), "IsNull", true, false],
  ["a", "In", collection("a", "b"), true],
  ["A", "In", collection("a", "b"), false],
  [null, "In", collection("a"), false],
  ["a", "In", null, false],
  ["a", "NotIn", null, true],
  ["a", "NotIn", collection("b"), true],
];

for (const [left, operator, right, isMet] of rows) {
  const name = `${JSON.stringify(left)} ${operator} ${JSON.stringify(right)} is ${isMet ? "met" : "not met"}`;
  test(name, () => {
    assert.equal(
      meetsCondition(operator, left, right, () => undefined),
      isMet,
    );
  });
}

test("IsChanged compares with the value before the save; on insert nothing is changed", () => {
  const isChanged = (prior: Value | undefined, asked: boolean): boolean =>
    meetsCondition("IsChanged", "b", asked, () => prior);
  assert.equal(isChanged("a", true), true);
  assert.equal(isChanged("b", true), false);
  assert.equal(isChanged(undefined, true), false);
  assert.equal(isChanged("b", false), true);
});
