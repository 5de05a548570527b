const suffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/**
 * The 18-character form of a record id. The three last characters tell which of the first fifteen
 * are upper case, five to a character, lowest bit first.
 *
 * @returns undefined when the text is neither 15 nor 18 letters and digits.
 */
export function toLongId(text: string): string | undefined {
  if (/^[a-zA-Z0-9]{18}$/.test(text)) return text;
  if (!/^[a-zA-Z0-9]{15}$/.test(text)) return undefined;
  let suffix = "";
  for (const start of [0, 5, 10]) {
    let bits = 0;
    for (let index = 0; index < 5; index += 1) {
      if (/[A-Z]/.test(text[start + index] ?? "")) bits += 2 ** index;
    }
    suffix += suffixAlphabet[bits] ?? "";
  }
  return text + suffix;
}
