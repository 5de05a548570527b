import { idSuffix } from "../ids.ts";

/** The 18-character form of a record id; undefined when the text is neither 15 nor 18 letters and digits. */
export function toLongId(text: string): string | undefined {
  if (/^[a-zA-Z0-9]{18}$/.test(text)) return text;
  return /^[a-zA-Z0-9]{15}$/.test(text) ? text + idSuffix(text) : undefined;
}
