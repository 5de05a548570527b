/** A flat PHP array: field id (or name) to value, both as text. */
export type PhpArray = ReadonlyMap<string, string>;

const none: PhpArray = new Map();
const sluiceKeyField = "1";

/**
 * Reads base64 of PHP's `serialize()` of a flat array of integers and strings, such as `a:1:{i:1;s:3:"abc";}`.
 *
 * String lengths count UTF-8 bytes. Whatever cannot be read, a wrong length included, gives an empty array
 * without an error: that is what PHP's `unserialize()` does to a WHMCS caller, who finds the field empty.
 */
export function readPhpArray(base64: string): PhpArray {
  const bytes = Buffer.from(base64, "base64");
  const head = /^a:(\d{1,4}):\{/.exec(bytes.toString("latin1"));
  if (head === null) return none;
  const values = new Map<string, string>();
  let position = head[0].length;
  for (let count = Number(head[1]); count > 0; count -= 1) {
    const key = readScalar(bytes, position);
    const value = key === undefined ? undefined : readScalar(bytes, key.end);
    if (key === undefined || value === undefined) return none;
    values.set(key.text, value.text);
    position = value.end;
  }
  return bytes.subarray(position).toString("latin1") === "}" ? values : none;
}

/** Our key from a `customfields` parameter; empty when there is none or it cannot be read. */
export function readSluiceKey(customFields: string): string {
  return readPhpArray(customFields).get(sluiceKeyField) ?? "";
}

type Scalar = { readonly text: string; readonly end: number };

// latin1 maps each byte to one character, so offsets in the text are offsets in the bytes.
function readScalar(bytes: Buffer, start: number): Scalar | undefined {
  const head = bytes.subarray(start, start + 16).toString("latin1");
  const integer = /^i:(-?\d{1,10});/.exec(head);
  if (integer !== null) return { text: integer[1] ?? "", end: start + integer[0].length };
  const string = /^s:(\d{1,6}):"/.exec(head);
  if (string === null) return undefined;
  const from = start + string[0].length;
  const to = from + Number(string[1]);
  if (bytes.subarray(to, to + 2).toString("latin1") !== '";') return undefined;
  return { text: bytes.subarray(from, to).toString("utf8"), end: to + 2 };
}
