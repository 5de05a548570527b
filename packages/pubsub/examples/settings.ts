import { readFileSync } from "node:fs";
import { clientCredentials, jwtBearer } from "@sluice/pubsub";
import type { NetworkOptions, TokenSource } from "@sluice/pubsub";

type Settings = {
  readonly auth: TokenSource;
  /** `host:port`; undefined: the service's own. */
  readonly endpoint: string | undefined;
  readonly network: NetworkOptions;
  readonly topic: string;
};

/** The settings that Sluice itself reads, by the same names. Secrets are in files, not in the environment. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const caFile = env["SALESFORCE_PUBSUB_CA_FILE"];
  // Both the sign-in and the client go through the same network.
  const network = caFile === undefined ? {} : { ca: readFileSync(caFile) };
  const app = {
    loginUrl: needed(env, "SALESFORCE_LOGIN_URL"),
    clientId: needed(env, "SALESFORCE_CLIENT_ID"),
    network,
  };
  const keyFile = env["SALESFORCE_PRIVATE_KEY_FILE"];
  const auth =
    keyFile === undefined
      ? clientCredentials({ ...app, clientSecret: readText(needed(env, "SALESFORCE_CLIENT_SECRET_FILE")) })
      : jwtBearer({
          ...app,
          username: needed(env, "SALESFORCE_USERNAME"),
          privateKeyPem: readText(keyFile),
        });
  return {
    auth,
    endpoint: env["SALESFORCE_PUBSUB_ENDPOINT"],
    network,
    topic: needed(env, "SALESFORCE_TOPIC"),
  };
}

function needed(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set.`);
  return value;
}

function readText(file: string): string {
  return readFileSync(file, "utf8").trim();
}
