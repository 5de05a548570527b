import { isLoopback } from "../network/no-proxy.ts";

/** A text of an object that came from elsewhere; undefined unless it is there and not blank. */
export function textField(source: unknown, name: string): string | undefined {
  if (typeof source !== "object" || source === null || !Object.hasOwn(source, name)) return undefined;
  const value: unknown = (source as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** undefined for what is no JSON: maintenance pages are HTML. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Scheme and host of a URL that tokens may be sent to: HTTPS, or HTTP to this machine; else undefined. */
export function safeOrigin(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return undefined;
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  return isSafe ? url.origin : undefined;
}

/** Whether a token can be sent: metadata and headers take no blanks, line ends or other letters than ASCII. */
export function isSendableToken(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}
