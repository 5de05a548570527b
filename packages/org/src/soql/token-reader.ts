import { SoqlError } from "./soql-error.ts";
import { readTokens } from "./soql-tokens.ts";
import type { SoqlToken } from "./soql-tokens.ts";

/** A position in a query that only moves forward; keywords are compared without case. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly SoqlToken[];
  readonly #end: SoqlToken;
  #index = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = readTokens(text);
    this.#end = { kind: "end", text: "", position: text.length };
  }

  peek(ahead = 0): SoqlToken {
    return this.#tokens[this.#index + ahead] ?? this.#end;
  }

  skip(count: number): void {
    this.#index += count;
  }

  peekWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "word" && token.text.toUpperCase() === word;
  }

  takeWord(word: string): boolean {
    const found = this.peekWord(word);
    if (found) this.#index += 1;
    return found;
  }

  takeSymbol(symbol: string): boolean {
    const token = this.peek();
    const found = token.kind === "symbol" && token.text === symbol;
    if (found) this.#index += 1;
    return found;
  }

  take(): SoqlToken {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.refuse(`${word} was expected`);
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.refuse(`"${symbol}" was expected`);
  }

  expectName(what: string): string {
    if (this.peek().kind !== "word") throw this.refuse(`${what} was expected`);
    return this.take().text;
  }

  expectCount(clause: string): number {
    const token = this.peek();
    if (token.kind !== "number" || !/^\d+$/.test(token.text)) {
      throw this.refuse(`${clause} needs a whole number`);
    }
    this.#index += 1;
    return Number(token.text);
  }

  expectEnd(): void {
    if (this.peek().kind !== "end") throw this.refuse(`"${this.peek().text}" was not expected here`);
  }

  /** An error at the current token, to be thrown by the caller. */
  refuse(problem: string): SoqlError {
    return SoqlError.at(this.#text, this.peek().position, problem);
  }
}
