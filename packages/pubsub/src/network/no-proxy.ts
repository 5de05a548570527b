import { BlockList, isIP } from "node:net";

export type HostAndPort = { readonly host: string; readonly port: number };

/** Whether a host, as a URL has it, is certainly this machine. */
export function isLoopback(host: string): boolean {
  const bare = unbracketed(host);
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

/** An IPv6 address stands in brackets in a URL, and without them for sockets. */
export function unbracketed(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

/**
 * Whether a `no_proxy` list names the host: entries by commas or blanks, each `*`, a host, a domain for all below it
 * (with or without leading dot), an address or a CIDR range; all but ranges with an optional port.
 */
export function isExempt(target: HostAndPort, list: string): boolean {
  const host = unbracketed(target.host).toLowerCase();
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || isInRange(host, entry) || isNamed({ ...target, host }, entry));
}

function isNamed(target: HostAndPort, entry: string): boolean {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  if (port !== undefined && Number(port) !== target.port) return false;
  // An IPv6 address without brackets is no host with a port.
  const name = (bracketed ?? plain ?? entry).replace(/^\*?\./, "");
  if (target.host === name) return true;
  return isIP(target.host) === 0 && target.host.endsWith(`.${name}`);
}

function isInRange(host: string, entry: string): boolean {
  const [, address = "", bits = ""] = /^([\d.]+|[\da-f:.]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || isIP(host) === 0 || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const range = new BlockList();
  range.addSubnet(address, Number(bits), `ipv${family === 4 ? 4 : 6}`);
  return range.check(host, isIP(host) === 4 ? "ipv4" : "ipv6");
}
