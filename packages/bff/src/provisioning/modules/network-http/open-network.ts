import type { ProvisioningModule } from "../../module.ts";

/** Where the activation API of the network is. */
export type NetworkConfig = {
  /** Base address; services are at `<url>/service`. */
  readonly url: string;
  /** Bearer token. */
  readonly token: string;
  /** For one call, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** How long until an accepted activation is asked for again, in milliseconds. Default 1,000. */
  readonly pollAfterMs?: number;
  readonly fetch?: typeof globalThis.fetch;
};

/** The network module (`network`): activates one service for each line or unit. */
export function openNetwork(_config: NetworkConfig): ProvisioningModule {
  return {
    name: "network",
    operations: ["activate"],
    run: () => Promise.reject(new Error("not written yet")),
    close: () => Promise.resolve(),
  };
}
