import type { Expression } from "./formula-ast.ts";
import { FormulaError } from "./formula-error.ts";
import { pureFunctions } from "./pure-functions.ts";

type Arity = { readonly min: number; readonly max: number };

/** Functions that need more than the values of their arguments: they skip some, or look at the record's history. */
const specialFunctions: ReadonlyMap<string, Arity> = new Map([
  ["IF", { min: 3, max: 3 }],
  ["CASE", { min: 4, max: Number.POSITIVE_INFINITY }],
  ["AND", { min: 1, max: Number.POSITIVE_INFINITY }],
  ["OR", { min: 1, max: Number.POSITIVE_INFINITY }],
  ["ISCHANGED", { min: 1, max: 1 }],
  ["PRIORVALUE", { min: 1, max: 1 }],
  ["ISNEW", { min: 0, max: 0 }],
  ["NOW", { min: 0, max: 0 }],
  ["TODAY", { min: 0, max: 0 }],
]);

/** @throws {FormulaError} naming the function that this org does not know, or the arguments it takes. */
export function checkCall(name: string, args: readonly Expression[]): void {
  const arity = specialFunctions.get(name) ?? pureFunctions.get(name);
  if (arity === undefined) {
    const known = [...specialFunctions.keys(), ...pureFunctions.keys()].toSorted().join(", ");
    throw new FormulaError(`the function ${name} is not known here; known are ${known}`);
  }
  if (args.length < arity.min || args.length > arity.max) {
    const most = arity.max === Number.POSITIVE_INFINITY ? "or more" : `to ${arity.max}`;
    const expected = arity.min === arity.max ? String(arity.min) : `${arity.min} ${most}`;
    throw new FormulaError(`${name} takes ${expected} arguments, and got ${args.length}`);
  }
  if (name === "CASE" && args.length % 2 !== 0) {
    throw new FormulaError("CASE takes pairs of value and result, and ends with a result for all else");
  }
  if (name === "ISPICKVAL") {
    const [field, value] = args;
    const isField = field?.kind === "reference" || (field?.kind === "call" && field.name === "PRIORVALUE");
    if (!isField || value?.kind !== "literal" || typeof value.value !== "string") {
      throw new FormulaError("ISPICKVAL takes a picklist field and a text in quotes");
    }
  }
  if ((name === "ISCHANGED" || name === "PRIORVALUE") && args[0]?.kind !== "reference") {
    throw new FormulaError(`${name} takes a field`);
  }
}
