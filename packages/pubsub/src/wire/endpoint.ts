import { PubSubError } from "../pubsub-error.ts";

export type Endpoint = {
  /** `host:port`, as gRPC dials it. */
  readonly address: string;
  readonly transport: "tls" | "plain";
};

const DEFAULT_PORT = 443;

/**
 * Reads `host`, `host:port` (TLS; port 443 when absent) or `http://127.0.0.1:port`, which talks in the clear and is
 * for test servers on this machine only.
 *
 * @throws {PubSubError} `config_invalid`
 */
export function parseEndpoint(text: string): Endpoint {
  const plain = /^http:\/\/127\.0\.0\.1:(\d{1,5})\/?$/.exec(text);
  if (plain !== null) return { address: `127.0.0.1:${plain[1]}`, transport: "plain" };
  const url =
    /^[\w.-]+(:\d{1,5})?$/.test(text) && URL.canParse(`https://${text}`) ? new URL(`https://${text}`) : null;
  if (url !== null) return { address: `${url.hostname}:${url.port || DEFAULT_PORT}`, transport: "tls" };
  const detail = `expected host:port, such as api.pubsub.salesforce.com:443; got "${text}".`;
  throw new PubSubError("config_invalid", "endpoint", detail);
}
