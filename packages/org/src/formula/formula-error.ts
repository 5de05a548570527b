/** A formula that cannot be read or evaluated; the message says why and needs its place added. */
export class FormulaError extends Error {
  override readonly name = "FormulaError";
}
