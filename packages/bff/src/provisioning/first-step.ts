/** The module whose steps have no effect outside Sluice. */
export const LOCAL_MODULE = "order";

/** Reads the order, checks it and plans the rest. Every revision begins with it. */
export const firstStep = {
  name: "validate",
  label: "Check the order",
  module: LOCAL_MODULE,
  operation: "validate",
} as const;
