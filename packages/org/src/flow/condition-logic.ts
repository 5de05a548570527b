import { MetadataError } from "../metadata/metadata-error.ts";
import { textOf } from "../metadata/read-element.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import type { ConditionLogic } from "./flow.ts";

/**
 * Reads `and`, `or` or a numbered expression such as `1 AND (2 OR 3)` over `count` conditions. AND binds closer than
 * OR.
 *
 * @throws {MetadataError} bad_value
 */
export function readConditionLogic(element: XmlElement | undefined, count: number): ConditionLogic {
  const text = element === undefined ? "and" : textOf(element);
  const numbers = Array.from({ length: count }, (_item, index) => index + 1);
  const plain = text.toLowerCase();
  if (element === undefined || plain === "and" || plain === "or") {
    const leaves = numbers.map((number): ConditionLogic => ({ kind: "condition", number }));
    return { kind: plain === "or" ? "any" : "all", of: leaves };
  }
  const tokens = text.match(/\d+|[()]|[A-Za-z]+|\S/g) ?? [];
  const cursor = { tokens, index: 0 };
  const logic = readAny(cursor);
  const isComplete = logic !== undefined && cursor.index === tokens.length;
  if (isComplete && numbersOf(logic).every((number) => numbers.includes(number))) return logic;
  throw new MetadataError(
    "bad_value",
    element.place,
    `"${text}" is no logic over ${count} conditions. Write and, or, or numbers such as 1 AND (2 OR 3).`,
  );
}

/** Whether the conditions, asked by their number, meet the logic. Nothing is asked that cannot change the answer. */
export function meetsLogic(logic: ConditionLogic, isMet: (number: number) => boolean): boolean {
  switch (logic.kind) {
    case "condition":
      return isMet(logic.number);
    case "all":
      return logic.of.every((part) => meetsLogic(part, isMet));
    case "any":
      return logic.of.some((part) => meetsLogic(part, isMet));
  }
}

type Cursor = { readonly tokens: readonly string[]; index: number };

function readAny(cursor: Cursor): ConditionLogic | undefined {
  return readSeries(cursor, "OR", "any", readAll);
}

function readAll(cursor: Cursor): ConditionLogic | undefined {
  return readSeries(cursor, "AND", "all", readLeaf);
}

function readSeries(
  cursor: Cursor,
  word: string,
  kind: "all" | "any",
  readPart: (cursor: Cursor) => ConditionLogic | undefined,
): ConditionLogic | undefined {
  const parts: ConditionLogic[] = [];
  do {
    const part = readPart(cursor);
    if (part === undefined) return undefined;
    parts.push(part);
  } while (skip(cursor, word));
  return { kind, of: parts };
}

function readLeaf(cursor: Cursor): ConditionLogic | undefined {
  if (skip(cursor, "(")) {
    const inner = readAny(cursor);
    return skip(cursor, ")") ? inner : undefined;
  }
  const token = cursor.tokens[cursor.index] ?? "";
  if (!/^\d+$/.test(token)) return undefined;
  cursor.index += 1;
  return { kind: "condition", number: Number(token) };
}

function skip(cursor: Cursor, token: string): boolean {
  if (cursor.tokens[cursor.index]?.toUpperCase() !== token) return false;
  cursor.index += 1;
  return true;
}

function numbersOf(logic: ConditionLogic): readonly number[] {
  return logic.kind === "condition" ? [logic.number] : logic.of.flatMap(numbersOf);
}
