const SUFFIX_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/**
 * An id with the given prefix in its form of 18 characters, from 15 or 18; undefined when it is none. The last three
 * characters encode which of the others are capitals, five each.
 */
export function parseId(text: string | undefined, prefix: "00D" | "005"): string | undefined {
  if (text === undefined || !text.startsWith(prefix)) return undefined;
  if (!/^[a-zA-Z0-9]{15}(?:[A-Z0-5]{3})?$/.test(text)) return undefined;
  return text.length === 18 ? text : `${text}${suffixOf(text)}`;
}

function suffixOf(id: string): string {
  return [id.slice(0, 5), id.slice(5, 10), id.slice(10)]
    .map((part) =>
      Array.from(part).reduce((sum, letter, index) => sum + (/[A-Z]/.test(letter) ? 2 ** index : 0), 0),
    )
    .map((bits) => SUFFIX_LETTERS.charAt(bits))
    .join("");
}
