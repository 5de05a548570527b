import { randomBytes } from "node:crypto";
import type { ModuleAnswer, ModuleCall, ProvisioningModule } from "../../module.ts";
import { acceptOrder } from "./accept-order.ts";
import { addOrder } from "./add-order.ts";
import type { BillingContext } from "./call-context.ts";
import { failed } from "./call-context.ts";
import { ensureClient } from "./ensure-client.ts";
import { listOrders } from "./list-orders.ts";
import { planInvalid } from "./signals.ts";
import { createWhmcsClient } from "./whmcs-client.ts";

/** Where the WHMCS installation is and how to sign in. */
export type BillingConfig = {
  /** Base address; the API is `<url>/includes/api.php`. */
  readonly url: string;
  /** API credentials of an admin role that may call the actions used here. */
  readonly identifier: string;
  readonly secret: string;
  /** Gateway of new orders. Default `stripe`. */
  readonly paymentMethod?: string;
  /** Number of the custom field, of clients and of products, that carries our key. Default 1. */
  readonly keyFieldId?: number;
  /** For one call, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  /** First password of a new customer, who sets an own one by WHMCS's mail. Default: 32 random letters. */
  readonly makePassword?: () => string;
};

const operations = ["ensure-client", "add-order", "accept-order"] as const;

/**
 * The billing module (`billing`), for WHMCS:
 * - `ensure-client` leaves `{ clientId }`.
 * - `add-order` takes `{ items: [{ pid, quantity, lineId, billingCycle?, addonIds? }] }` and a `clientId` among the
 *   results, and leaves `{ billingOrderId, serviceIds }`; the order is pending and costs nothing yet.
 * - `accept-order`, the pivot, takes a `billingOrderId` among the results.
 */
export function openBilling(config: BillingConfig): ProvisioningModule {
  const downstream = {
    system: "billing",
    timeoutMs: config.timeoutMs ?? 30_000,
    fetch: config.fetch ?? globalThis.fetch,
    secrets: [config.secret],
  };
  const credentials = { identifier: config.identifier, secret: config.secret };
  const context: BillingContext = {
    whmcs: createWhmcsClient(config.url, credentials, downstream),
    paymentMethod: config.paymentMethod ?? "stripe",
    keyFieldId: config.keyFieldId ?? 1,
    makePassword: config.makePassword ?? (() => randomBytes(24).toString("base64url")),
  };
  return {
    name: "billing",
    operations,
    run: (call, signal) => run(call, context, signal),
    // Of customers and acceptances WHMCS lists no key.
    records: {
      operations: ["add-order"],
      listEffects: (since, signal) => listOrders(context, since, signal),
    },
    close: () => Promise.resolve(),
  };
}

async function run(call: ModuleCall, context: BillingContext, signal: AbortSignal): Promise<ModuleAnswer> {
  switch (call.operation) {
    case "ensure-client":
      return ensureClient(call, context, signal);
    case "add-order":
      return addOrder(call, context, signal);
    case "accept-order":
      return acceptOrder(call, context, signal);
    default:
      return failed(planInvalid(`it has no operation "${call.operation}", only ${operations.join(", ")}.`));
  }
}
