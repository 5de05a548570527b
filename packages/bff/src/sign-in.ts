import { clientCredentials, jwtBearer } from "@sluice/pubsub";
import type { TokenSource } from "@sluice/pubsub";
import type { SalesforceConfig } from "./service-config.ts";

/** Sessions by the configured flow. */
export function openSessions(config: SalesforceConfig, now: () => number): TokenSource {
  const { loginUrl, clientId, signIn } = config;
  switch (signIn.kind) {
    case "jwt":
      return jwtBearer({
        loginUrl,
        clientId,
        username: signIn.username,
        privateKeyPem: signIn.privateKeyPem,
        clock: now,
      });
    case "client_credentials":
      return clientCredentials({ loginUrl, clientId, clientSecret: signIn.clientSecret });
  }
}
