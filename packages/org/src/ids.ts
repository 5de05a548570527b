const suffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The letters after the key prefix tell the pod; seed ids go on with `0`, made ids with `1`. */
const podOfMadeIds = "Hs1";

/**
 * The three characters that make a case-sensitive 15-character id safe where case is lost: for each group of five,
 * bit i is set when character i is upper case.
 */
export function idSuffix(id15: string): string {
  let suffix = "";
  for (const start of [0, 5, 10]) {
    let bits = 0;
    for (let index = 0; index < 5; index += 1) {
      if (/[A-Z]/.test(id15.charAt(start + index))) bits += 2 ** index;
    }
    suffix += suffixAlphabet.charAt(bits);
  }
  return suffix;
}

/** Whether the text is an 18-character id whose suffix is right. */
export function isRecordId(text: string): boolean {
  return /^[a-zA-Z0-9]{18}$/.test(text) && idSuffix(text.slice(0, 15)) === text.slice(15);
}

/** The id of the `number`th record that this org made itself, `number` counted over all objects from 1. */
export function makeRecordId(keyPrefix: string, number: number): string {
  let digits = "";
  for (let rest = number; rest > 0; rest = Math.floor(rest / idAlphabet.length)) {
    digits = idAlphabet.charAt(rest % idAlphabet.length) + digits;
  }
  const id15 = keyPrefix + podOfMadeIds + digits.padStart(15 - keyPrefix.length - podOfMadeIds.length, "0");
  return id15 + idSuffix(id15);
}
