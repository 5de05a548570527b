const idPattern = /^[a-zA-Z0-9]{15}([A-Z0-5]{3})?$/;
const suffixLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const LETTER_A = 65;
const LETTER_Z = 90;

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

/** A loop over character codes: it runs three times for each event. */
function suffixOf(base: string): string {
  let suffix = "";
  for (let start = 0; start < 15; start += 5) {
    let capitals = 0;
    for (let index = 0; index < 5; index += 1) {
      const code = base.charCodeAt(start + index);
      if (code >= LETTER_A && code <= LETTER_Z) capitals |= 1 << index;
    }
    suffix += suffixLetters.charAt(capitals);
  }
  return suffix;
}
