/** The person of the demo org, and the client that acts as that person. They exist in the emulator only. */
export const demoAccess = {
  username: "operator@sluice.test",
  password: "sluice-demo",
  clientId: "sluice-demo",
  clientSecret: "sluice-demo-secret",
} as const;

/**
 * A user for integrations that has no permission set until somebody assigns one, and the client that acts as that user:
 * for seeing what becomes of a caller with too few rights.
 */
export const integrationAccess = {
  username: "integration@sluice.test",
  clientId: "sluice-integration",
  clientSecret: "sluice-integration-secret",
} as const;
