import { MetadataError } from "../metadata/metadata-error.ts";
import type { MetadataPlace } from "../metadata/metadata-error.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import { textOf } from "../metadata/read-element.ts";
import type { Expression } from "./formula-ast.ts";
import { FormulaError } from "./formula-error.ts";
import { parseFormula } from "./parse-formula.ts";

/** A formula and where it stands in the metadata. */
export type Formula = {
  readonly expression: Expression;
  readonly source: string;
  readonly place: MetadataPlace;
};

/** @throws {MetadataError} bad_formula with the reason. */
export function readFormula(element: XmlElement): Formula {
  const source = textOf(element);
  try {
    return { expression: parseFormula(source), source, place: element.place };
  } catch (reason) {
    if (!(reason instanceof FormulaError)) throw reason;
    throw new MetadataError("bad_formula", element.place, `In "${source}": ${reason.message}.`, {
      cause: reason,
    });
  }
}
