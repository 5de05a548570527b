/**
 * A custom-field value as WHMCS takes it: base64 of a PHP-serialised array from field number to text. PHP counts
 * a string's length in bytes, so UTF-8 is counted, not characters; with a wrong count WHMCS drops the field
 * without an error.
 */
export function encodeCustomFields(fields: ReadonlyMap<number, string>): string {
  const entries = [...fields].map(
    ([id, value]) => `i:${id};s:${Buffer.byteLength(value, "utf8")}:"${value}";`,
  );
  return Buffer.from(`a:${fields.size}:{${entries.join("")}}`, "utf8").toString("base64");
}
