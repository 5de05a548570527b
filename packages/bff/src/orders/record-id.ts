const idPattern = /^[a-zA-Z0-9]{15}([A-Z0-5]{3})?$/;
const suffixLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/**
 * A Salesforce record id in its 18-character form, or `undefined` when `id` is none. The last three characters
 * tell which of the first fifteen are capitals, five to a character; a wrong suffix is refused.
 */
export function toRecordId(id: string): string | undefined {
  if (!idPattern.test(id)) return undefined;
  const base = id.slice(0, 15);
  const full = base + suffixOf(base);
  return id.length === 15 || id === full ? full : undefined;
}

function suffixOf(base: string): string {
  return [0, 5, 10]
    .map((start) => {
      const bits = Array.from(base.slice(start, start + 5), (letter, index) =>
        /[A-Z]/.test(letter) ? 1 << index : 0,
      );
      return suffixLetters[bits.reduce((sum, bit) => sum + bit, 0)];
    })
    .join("");
}
