/** The one person and the one client of the demo org. They exist in the emulator only. */
export const demoAccess = {
  username: "operator@sluice.test",
  password: "sluice-demo",
  clientId: "sluice-demo",
  clientSecret: "sluice-demo-secret",
} as const;
