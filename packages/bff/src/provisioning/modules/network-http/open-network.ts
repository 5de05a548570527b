import type { ModuleAnswer, ProvisioningModule } from "../../module.ts";
import type { PollPace } from "./activate.ts";
import { activate } from "./activate.ts";
import { createNetworkClient } from "./network-client.ts";
import { listServices } from "./list-services.ts";
import { planInvalid } from "./signals.ts";

/** Where the activation API of the network is. */
export type NetworkConfig = {
  /** Base address; services are at `<url>/service`, monitors at `<url>/monitor/{id}`. */
  readonly url: string;
  /** Bearer token. */
  readonly token: string;
  /** For one call, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** When an accepted activation is looked at. Default: after 100 ms, doubling to 10,000 ms. */
  readonly pollPace?: PollPace;
  readonly fetch?: typeof globalThis.fetch;
};

const operations = ["activate"] as const;

/**
 * The network module (`network`), for an activation API in the style of TMF640. `activate` takes
 * `{ specification, characteristics? }`, answers `waiting` until the service works, and leaves
 * `{ serviceId, state, characteristics }` without activation codes.
 */
export function openNetwork(config: NetworkConfig): ProvisioningModule {
  const pace = config.pollPace ?? { firstMs: 100, maxMs: 10_000 };
  const client = createNetworkClient(config.url, config.token, {
    system: "network",
    timeoutMs: config.timeoutMs ?? 30_000,
    fetch: config.fetch ?? globalThis.fetch,
    secrets: [config.token],
  });
  return {
    name: "network",
    operations,
    run: async (call, signal): Promise<ModuleAnswer> => {
      if (call.operation === "activate") return activate(call, client, pace, signal);
      return {
        kind: "failed",
        failure: planInvalid(`it has no operation "${call.operation}", only activate.`),
      };
    },
    records: { operations, listEffects: (since, signal) => listServices(client, since, signal) },
    close: () => Promise.resolve(),
  };
}
