/** What the billing stand-in accepts as `identifier` and `secret`. Known to everyone: worth nothing outside a demo. */
export const billingDemoCredentials = { identifier: "sluice", secret: "sluice-billing-demo" } as const;

/** What the network stand-in accepts as bearer token. Known to everyone: worth nothing outside a demo. */
export const networkDemoToken = "sluice-network-demo";
