/** The options that say where the org is, each with the variable that stands in for it. */
export const connectionVariables = {
  "login-url": "SALESFORCE_LOGIN_URL",
  "client-id": "SALESFORCE_CLIENT_ID",
  username: "SALESFORCE_USERNAME",
  "private-key-file": "SALESFORCE_PRIVATE_KEY_FILE",
  "client-secret-file": "SALESFORCE_CLIENT_SECRET_FILE",
  "pubsub-endpoint": "SALESFORCE_PUBSUB_ENDPOINT",
  "pubsub-ca-file": "SALESFORCE_PUBSUB_CA_FILE",
} as const;

export type ConnectionOption = keyof typeof connectionVariables;

export type ConnectionOptionValues = Readonly<Partial<Record<ConnectionOption, string | undefined>>>;

export function isConnectionOption(name: string): name is ConnectionOption {
  return Object.hasOwn(connectionVariables, name);
}
