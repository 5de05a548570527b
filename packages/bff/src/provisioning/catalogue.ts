/** How a sold product is made to work; decides the plan of its line. */
export type Fulfilment = "esim" | "sim" | "broadband" | "voice" | "tv" | "addon" | "device" | "bundle";

/** What Sluice has to know about a product code to provision it. */
export type CatalogueEntry = {
  readonly fulfilment: Fulfilment;
  readonly billingCycle: "monthly" | "onetime" | "free";
  /** Product id in billing; null when billing does not know the product by itself (bundles, add-ons). */
  readonly billingProductId: number | null;
  /** Add-on id in billing, sold only together with a product. */
  readonly billingAddonId: number | null;
  /** Beginning of the product codes of which one must be on the same order. */
  readonly requiresPrefix: string | null;
};

/** By product code. */
export type Catalogue = ReadonlyMap<string, CatalogueEntry>;

function product(
  fulfilment: Fulfilment,
  billingProductId: number,
  billingCycle: CatalogueEntry["billingCycle"] = "monthly",
  requiresPrefix: string | null = null,
): CatalogueEntry {
  return { fulfilment, billingCycle, billingProductId, billingAddonId: null, requiresPrefix };
}

function addon(billingAddonId: number, requiresPrefix: string): CatalogueEntry {
  return {
    fulfilment: "addon",
    billingCycle: "monthly",
    billingProductId: null,
    billingAddonId,
    requiresPrefix,
  };
}

/** The catalogue of the demo seed; the ids are those of the billing simulator. */
export const demoCatalogue: Catalogue = new Map([
  ["MOB-ESIM-10G", product("esim", 101)],
  ["MOB-SIM-10G", product("sim", 102)],
  ["MOB-ESIM-UNL", product("esim", 103)],
  ["ADD-ROAM-EU", addon(21, "MOB-")],
  ["INT-FTTH-500", product("broadband", 201)],
  ["ADD-STATIC-IP", addon(31, "INT-")],
  ["DEV-ROUTER-AX", product("device", 301, "onetime", "INT-")],
  ["TV-BASIC", product("tv", 401, "monthly", "INT-")],
  ["VOICE-LINE", product("voice", 501, "monthly", "INT-")],
  ["TRIAL-30D", product("esim", 601, "free")],
  [
    "BND-HOME",
    {
      fulfilment: "bundle",
      billingCycle: "monthly",
      billingProductId: null,
      billingAddonId: null,
      requiresPrefix: null,
    },
  ],
]);

const onTheNetwork: ReadonlySet<Fulfilment> = new Set(["esim", "sim", "broadband", "voice", "tv"]);

/** Whether each unit of the product is a service that the network has to activate. */
export function needsActivation(fulfilment: Fulfilment): boolean {
  return onTheNetwork.has(fulfilment);
}
