/**
 * Why an order of a person was not carried out:
 * - `unknown`  what it names does not exist.
 * - `conflict` it exists, but its state does not allow this.
 * - `invalid`  the order itself makes no sense.
 */
export type RefusalKind = "unknown" | "conflict" | "invalid";

/** A command that was refused, with nothing done. `code` is stable; the message says what to do instead. */
export class CommandRefused extends Error {
  override readonly name = "CommandRefused";
  readonly kind: RefusalKind;
  readonly code: string;

  constructor(kind: RefusalKind, code: string, detail: string) {
    super(`[${code}] ${detail}`);
    this.kind = kind;
    this.code = code;
  }
}
