/** A product that billing sells. Prices in cents of a euro. */
export type BillingProduct = {
  readonly pid: number;
  readonly groupId: number;
  readonly name: string;
  readonly cycle: "monthly" | "onetime" | "free";
  readonly priceCents: number;
};

export type BillingAddon = { readonly addonId: number; readonly name: string; readonly priceCents: number };

export const products: readonly BillingProduct[] = [
  { pid: 101, groupId: 1, name: "Mobile 10 GB eSIM", cycle: "monthly", priceCents: 1200 },
  { pid: 102, groupId: 1, name: "Mobile 10 GB SIM card", cycle: "monthly", priceCents: 1200 },
  { pid: 103, groupId: 1, name: "Mobile Unlimited eSIM", cycle: "monthly", priceCents: 2800 },
  { pid: 201, groupId: 2, name: "Fibre 500", cycle: "monthly", priceCents: 3500 },
  { pid: 301, groupId: 3, name: "Wi-Fi 6 router", cycle: "onetime", priceCents: 6000 },
  { pid: 401, groupId: 4, name: "TV Basic", cycle: "monthly", priceCents: 900 },
  { pid: 501, groupId: 5, name: "Home voice line", cycle: "monthly", priceCents: 600 },
  { pid: 601, groupId: 1, name: "30-day trial eSIM", cycle: "free", priceCents: 0 },
];

const addons: readonly BillingAddon[] = [
  { addonId: 21, name: "EU roaming pack", priceCents: 500 },
  { addonId: 31, name: "Static IPv4", priceCents: 500 },
];

export function findProduct(pid: number | undefined): BillingProduct | undefined {
  return products.find((product) => product.pid === pid);
}

export function findAddon(addonId: number | undefined): BillingAddon | undefined {
  return addons.find((addon) => addon.addonId === addonId);
}

/** An amount as WHMCS writes it: `"12.00"`. */
export function amountText(cents: number): string {
  return (cents / 100).toFixed(2);
}
