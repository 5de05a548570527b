import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import { PubSubError } from "../pubsub-error.ts";

/**
 * The context made last, and of what. Reading some hundred certificates takes 20 ms and 3 MiB, and clients, token
 * sources and connections that are dialled anew all trust the same.
 */
let last: { readonly bundle: Buffer; readonly context: SecureContext } | undefined;

/**
 * What TLS needs to trust the given authorities beside those that this process trusts anyway. Asked for when it is
 * needed, not before.
 */
export function contextTrusting(bundle: Buffer): SecureContext {
  if (last?.bundle.equals(bundle) !== true) last = { bundle, context: createSecureContext({ ca: bundle }) };
  return last.context;
}

/**
 * The given authorities and those that this process trusts anyway (the system's, `NODE_EXTRA_CA_CERTS`), as one PEM
 * bundle: a private authority is one more, so that hosts outside its reach stay trusted.
 *
 * @throws {PubSubError} `config_invalid` when it is no PEM certificate.
 */
export function trustedAuthorities(ca: Buffer | string): Buffer {
  // Node skips what it cannot read, and the failure would show as an untrusted host.
  if (!isCertificate(ca)) {
    throw new PubSubError("config_invalid", "network.ca", "expected PEM certificates; could not read any.");
  }
  return Buffer.from([...getCACertificates("default"), ca.toString()].join("\n"));
}

function isCertificate(pem: Buffer | string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
