/** Why a query was refused; the codes are those of the REST API. */
export type SoqlErrorCode = "MALFORMED_QUERY" | "INVALID_FIELD" | "INVALID_TYPE";

/** A query that cannot be run. `message` names the place in the query text where one is known. */
export class SoqlError extends Error {
  override readonly name = "SoqlError";
  readonly code: SoqlErrorCode;

  constructor(code: SoqlErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  /** A syntax error at a position of the text, counted from 0; shown with its surroundings. */
  static at(text: string, position: number, problem: string): SoqlError {
    const before = text.slice(Math.max(0, position - 30), position);
    const after = text.slice(position, position + 30);
    const where =
      after === "" ? `at the end, after "${before}"` : `at column ${position + 1}: ${before}»${after}`;
    return new SoqlError("MALFORMED_QUERY", `${problem}, ${where}`);
  }
}
