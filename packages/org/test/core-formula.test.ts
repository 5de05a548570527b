import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateFormula } from "../src/formula/evaluate-formula.ts";
import { FormulaError } from "../src/formula/formula-error.ts";
import { parseFormula } from "../src/formula/parse-formula.ts";
import type { Value } from "../src/formula/value.ts";

const nowMs = Date.UTC(2026, 10, 23, 9);
const now: Value = { kind: "datetime", ms: nowMs };
const today: Value = { kind: "date", day: nowMs / 86_400_000 - 9 / 24 };

const fields: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["$Record.Id", "801Hs0000000001IAA"],
  ["$Record.Count__c", 3],
  ["$Record.Empty__c", null],
  ["$Record.Status", "Approved"],
  ["$Record.At__c", { kind: "datetime", ms: nowMs - 43_200_000 }],
  ["Status", "Approved"],
]);
const prior: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["$Record.Count__c", 3],
  ["$Record.Status", "Draft"],
  ["Status", "Draft"],
]);

function evaluate(source: string, isNew = false): Value {
  return evaluateFormula(parseFormula(source), {
    read: (path) => fields.get(path) ?? null,
    readPrior: (path) => (isNew ? undefined : (prior.get(path) ?? null)),
    isNew,
    nowMs,
  });
}

const rows: readonly (readonly [source: string, value: Value])[] = [
  ['{!$Record.Id} & "-" & TEXT({!$Record.Count__c}) & "-P"', "801Hs0000000001IAA-3-P"],
  ["BLANKVALUE({!$Record.Empty__c}, 0) + 1", 1],
  ["1 + 2 * 3 - 4 / 2", 5],
  ["(1 + 2) * -3", -9],
  ["2 - 3 - 4", -5],
  ["{!$Record.Empty__c} + 1", null],
  ["{!$Record.Empty__c} < 1", false],
  ["{!$Record.Empty__c} = NULL", true],
  ['"" = NULL', true],
  ['"a" + "b"', "ab"],
  ['"approved" = {!$Record.Status}', false],
  ["{!$Record.Count__c} >= 3 && {!$Record.Count__c} <> 4", true],
  ["1 = 2 || NOT(1 = 2)", true],
  ["!TRUE", false],
  ["1 == 1", true],
  ["1 != 1", false],
  ['IF({!$Record.Count__c} > 2, "many", "few")', "many"],
  ['CASE({!$Record.Status}, "Draft", 1, "Approved", 2, 3)', 2],
  ['CASE("x", "Draft", 1, 3)', 3],
  ["AND(TRUE, 1 < 2, TRUE)", true],
  ["OR(FALSE, 1 > 2)", false],
  ['ISPICKVAL(Status, "Approved")', true],
  ["ISBLANK({!$Record.Empty__c})", true],
  ["ISNULL({!$Record.Status})", false],
  ["NULLVALUE({!$Record.Empty__c}, 7)", 7],
  ["TEXT({!$Record.Empty__c})", ""],
  ["TEXT(0.10)", "0.1"],
  ['VALUE("12.50")', 12.5],
  ['LEN("abc") + LEN({!$Record.Empty__c})', 3],
  ['LEFT("abcdef", 2) & RIGHT("abcdef", 2) & MID("abcdef", 3, 2)', "abefcd"],
  ['UPPER("a") & LOWER("B") & TRIM(" c ")', "Abc"],
  ['SUBSTITUTE("a.b.c", ".", "-")', "a-b-c"],
  ['CONTAINS("abc", "b") && BEGINS("abc", "a")', true],
  ["ROUND(2.345, 2)", 2.35],
  ["ROUND(-1.5, 0)", -2],
  ["FLOOR(1.9) + CEILING(1.1) + ABS(-1) + MOD(7, 4)", 7],
  ["MIN(3, 1, 2) + MAX(3, 1, 2)", 4],
  ["NOW()", now],
  ["TODAY()", today],
  ["DATEVALUE(NOW()) = TODAY()", true],
  ['DATETIMEVALUE("2026-11-23 09:00:00") = NOW()', true],
  ["NOW() - {!$Record.At__c}", 0.5],
  ["(NOW() - 0.5) = {!$Record.At__c}", true],
  ["NOW() > {!$Record.At__c}", true],
  ['DATEVALUE("2026-12-01") - TODAY()', 8],
  ["ISCHANGED({!$Record.Status})", true],
  ["ISCHANGED({!$Record.Count__c})", false],
  ["PRIORVALUE(Status)", "Draft"],
  ["ISNEW()", false],
  ["/* why */ 1", 1],
  // Rounding: halves away from zero, in decimals and not in binary.
  ["ROUND(1.005, 2)", 1.01],
  ["ROUND(-1.005, 2)", -1.01],
  ["ROUND(1250, -2)", 1300],
  ["ROUND(-0.4, 0)", 0],
  ["ROUND({!$Record.Empty__c}, 2)", null],
  ["CEILING(2.1)", 3],
  ["CEILING(-2.5)", -3],
  ["FLOOR(2.9)", 2],
  ["FLOOR(-2.5)", -2],
  ["MOD(-7, 4)", -3],
  ["MOD(7, -4)", 3],
  ["MOD(0.3, 0.1)", 0],
  ["MOD(-0.5, 0.2)", -0.1],
  ["MOD({!$Record.Empty__c}, 4)", null],
  ["0.1 + 0.2", 0.3],
  ["1.1 * 3", 3.3],
  // Nothing: it makes nothing of sums, joins as an empty text, and is neither smaller nor greater.
  ["-{!$Record.Empty__c}", null],
  ["{!$Record.Empty__c} * 2 + 1", null],
  ["MAX(1, {!$Record.Empty__c})", null],
  ["MIN({!$Record.Empty__c}, 1)", null],
  ['"a" & {!$Record.Empty__c} & "b"', "ab"],
  ["{!$Record.Empty__c} > -1", false],
  ["{!$Record.Empty__c} <> 5", true],
  ['{!$Record.Empty__c} = ""', true],
  ['IF({!$Record.Empty__c} > 1, "yes", "no")', "no"],
  ['CASE({!$Record.Empty__c}, 1, "one", "other")', "other"],
  ["ABS({!$Record.Empty__c})", null],
  ["LEFT({!$Record.Empty__c}, 2)", ""],
  ["UPPER({!$Record.Empty__c})", ""],
  ['CONTAINS({!$Record.Empty__c}, "a")', false],
  ["NOT(ISBLANK({!$Record.Status}))", true],
  // Text.
  ["TEXT({!$Record.Status})", "Approved"],
  ["TEXT(1000000 * 1000000 * 1000000 * 1000000)", "1000000000000000000000000"],
  ["TEXT(0.0000001)", "0.0000001"],
  ["TEXT(-12.50)", "-12.5"],
  ["TEXT(NOW())", "2026-11-23 09:00:00Z"],
  ["TEXT(TODAY())", "2026-11-23"],
  ['LEFT("abc", 0)', ""],
  ['LEFT("abc", -1)', ""],
  ['RIGHT("abc", 9)', "abc"],
  ['MID("abc", 0, 2)', "ab"],
  ['MID("abc", 9, 2)', ""],
  ['VALUE(" -3.50 ")', -3.5],
  ['VALUE("")', null],
  ['BEGINS("Order", "order")', false],
  ['SUBSTITUTE("a$b", "$", "$&")', "a$&b"],
  // Time: days are the unit.
  ["1 + TODAY() = TODAY() + 1", true],
  ["TODAY() + 1.9 - TODAY()", 1],
  ["NOW() + 0.25 - NOW()", 0.25],
  ["DATETIMEVALUE(TEXT(NOW())) = NOW()", true],
  ['DATEVALUE("2026-03-01") - DATEVALUE("2026-02-28")', 1],
  ["DATEVALUE({!$Record.Empty__c})", null],
];

for (const [source, expected] of rows) {
  test(`${source} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(evaluate(source), expected);
  });
}

test("on insert nothing is changed, and the prior value is the current one", () => {
  assert.equal(evaluate("ISNEW()", true), true);
  assert.equal(evaluate("ISCHANGED(Status)", true), false);
  assert.equal(evaluate("PRIORVALUE(Status)", true), "Approved");
});

const refused: readonly (readonly [source: string, message: string])[] = [
  ["", "the formula ends too early"],
  ["1 +", "the formula ends too early"],
  ["1 2", "the number 2 at character 3 is too much"],
  ["(1", "the formula ends too early"],
  ["IF(1 2, 3)", '")" is missing before the number 2 at character 6'],
  ['"open', '""open" at character 1 is not understood'],
  ["IF(TRUE, 1)", "IF takes 3 arguments, and got 2"],
  ["CASE(1, 2, 3, 4, 5)", "CASE takes pairs of value and result, and ends with a result for all else"],
  ['ISCHANGED("Status")', "ISCHANGED takes a field"],
  ["ISPICKVAL(Status, Other)", "ISPICKVAL takes a picklist field and a text in quotes"],
  ["2 ^ 3", '"^" at character 3 is too much'],
];

for (const [source, message] of refused) {
  test(`refuses ${source === "" ? "an empty formula" : source}`, () => {
    assert.throws(() => parseFormula(source), new FormulaError(message));
  });
}

const failing: readonly (readonly [source: string, message: string])[] = [
  ['VALUE("12 units")', 'VALUE cannot read "12 units" as a number'],
  ['VALUE("0x10")', 'VALUE cannot read "0x10" as a number'],
  ['DATEVALUE("2026-02-30")', "DATEVALUE cannot read 2026-02-30 as a date"],
  ['DATETIMEVALUE("soon")', "DATETIMEVALUE cannot read soon"],
  ["MOD(1, 0)", "division by zero"],
  ["NOW() - TODAY()", "2026-11-23T09:00:00.000Z - 2026-11-23 is not date arithmetic"],
  ["TODAY() * 2", "2026-11-23 * 2 is not date arithmetic"],
  ["LEN(1)", "text is needed where 1 stands; TEXT() makes it text"],
  ['ABS("1")', "a number is needed where 1 stands"],
];

for (const [source, message] of failing) {
  test(`fails on ${source}`, () => {
    assert.throws(() => evaluate(source), new FormulaError(message));
  });
}

test("refuses to calculate with what is no number", () => {
  assert.throws(() => evaluate("{!$Record.Status} * 2"), new FormulaError("Approved * 2 is not arithmetic"));
  assert.throws(() => evaluate("1 / 0"), new FormulaError("division by zero"));
});
