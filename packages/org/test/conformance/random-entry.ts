import type { FieldValue, OrgRecord } from "../../src/org-core.ts";
import type { EntryRule, LogicTree } from "./entry-oracle.ts";
import type { Clause, V } from "./flow-xml.ts";

/** In [0, 1), the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = Math.trunc(seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Kind = "text" | "number" | "boolean" | "picklist";

/** Few values each, so that conditions are met and missed about equally often. */
const domains: Readonly<Record<Kind, readonly FieldValue[]>> = {
  text: [null, "a", "ab", "b", "A"],
  number: [null, 0, 1, 2, -1],
  boolean: [true, false],
  picklist: [null, "One", "Two"],
};

const fields: readonly (readonly [name: string, kind: Kind])[] = [
  ["Note__c", "text"],
  ["Trace__c", "text"],
  ["Count__c", "number"],
  ["Flag__c", "boolean"],
  ["Choice__c", "picklist"],
];

const orders = ["GreaterThan", "LessThan", "GreaterThanOrEqualTo", "LessThanOrEqualTo"];
const operators: Readonly<Record<Kind, readonly string[]>> = {
  text: ["EqualTo", "NotEqualTo", "StartsWith", "EndsWith", "Contains", ...orders],
  number: ["EqualTo", "NotEqualTo", ...orders],
  boolean: ["EqualTo", "NotEqualTo"],
  picklist: ["EqualTo", "NotEqualTo"],
};

/** A rule with up to five conditions. IsChanged and the changed-flag exclude each other, as in real flows. */
export function randomRule(random: () => number, name: string): EntryRule {
  const changed = random() < 0.5;
  const count = Math.floor(random() * 6);
  const where = Array.from({ length: count }, () => randomClause(random, changed));
  return {
    name,
    operation: choose(random, ["Create", "Update", "CreateAndUpdate"]),
    changed,
    where,
    tree: randomTree(
      random,
      where.map((_clause, index) => index),
    ),
  };
}

function randomClause(random: () => number, changed: boolean): Clause {
  const [name, kind] = choose(random, fields);
  const isTrue = random() < 0.5;
  const kindOfAsking = random();
  if (kindOfAsking < 0.1) return [name, "IsNull", isTrue];
  if (kindOfAsking < 0.2 && !changed) return [name, "IsChanged", isTrue];
  const value: V = choose(random, domains[kind]);
  return [name, choose(random, operators[kind]), value];
}

/** A tree over all the conditions, each once. */
function randomTree(random: () => number, numbers: readonly number[]): LogicTree {
  const [only] = numbers;
  if (numbers.length === 1 && only !== undefined) return only;
  const join = random() < 0.5 ? "AND" : "OR";
  if (numbers.length === 0) return { join: "AND", parts: [] };
  if (random() < 0.3) return { join, parts: numbers };
  const cut = 1 + Math.floor(random() * (numbers.length - 1));
  return { join, parts: [randomTree(random, numbers.slice(0, cut)), randomTree(random, numbers.slice(cut))] };
}

/** The tree as flows write it: `and`, `or` or numbers from 1; undefined without conditions. */
export function writeLogic(tree: LogicTree): string | undefined {
  if (typeof tree === "number") return "and";
  if (tree.parts.length === 0) return undefined;
  if (tree.parts.every((part) => typeof part === "number")) return tree.join.toLowerCase();
  const write = (part: LogicTree): string =>
    typeof part === "number" ? String(part + 1) : `(${part.parts.map(write).join(` ${part.join} `)})`;
  return tree.parts.map(write).join(` ${tree.join} `);
}

/** Values for some of the fields. */
export function randomValues(random: () => number): OrgRecord {
  const chosen = fields.filter(() => random() < 0.4);
  return Object.fromEntries(chosen.map(([name, kind]) => [name, choose(random, domains[kind])]));
}

export function choose<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("there is nothing to choose from");
  return item;
}
