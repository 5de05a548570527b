import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import { PubSubError } from "../pubsub-error.ts";

/**
 * The context made last, and for which authorities. Reading some hundred certificates takes 20 ms and 3 MiB, and
 * clients, token sources and connections that are dialled anew all trust the same.
 */
let last: { readonly ca: string; readonly context: SecureContext } | undefined;

/**
 * What TLS needs to trust the given authorities, as PEM, beside those that this process trusts anyway (the system's,
 * `NODE_EXTRA_CA_CERTS`): a private authority is one more, so that hosts outside its reach stay trusted. Asked for when
 * it is needed, not before.
 */
export function contextTrusting(ca: string): SecureContext {
  if (last?.ca !== ca) {
    last = { ca, context: createSecureContext({ ca: [...getCACertificates("default"), ca] }) };
  }
  return last.context;
}

/**
 * The text of PEM certificates.
 *
 * @throws {PubSubError} `config_invalid` when there is none in it.
 */
export function readAuthorities(ca: Buffer | string): string {
  // Node skips what it cannot read, and the failure would show as an untrusted host.
  if (isCertificate(ca)) return ca.toString();
  throw new PubSubError("config_invalid", "network.ca", "expected PEM certificates; could not read any.");
}

function isCertificate(pem: Buffer | string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
