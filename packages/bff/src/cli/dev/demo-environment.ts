import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { billingDemoCredentials, networkDemoToken } from "@sluice/simulators";
import type { OrgReady, SimulatorsReady } from "./child-message.ts";

/**
 * The environment of a service that works with the emulated org and the simulators. Secrets go through files, as in a
 * real deployment; these are the demo's and open nothing else.
 */
export function demoEnvironment(
  dataDir: string,
  inherited: NodeJS.ProcessEnv,
  org: OrgReady,
  simulators: SimulatorsReady,
): NodeJS.ProcessEnv {
  const folder = join(dataDir, "dev");
  mkdirSync(folder, { recursive: true });
  const secretFile = (name: string, secret: string) => {
    const file = join(folder, name);
    writeFileSync(file, secret, { mode: 0o600 });
    return file;
  };
  return {
    ...inherited,
    SLUICE_DATA_DIR: dataDir,
    SLUICE_GO_LIVE: firstStart(folder),
    SLUICE_LOG_LEVEL: inherited["SLUICE_LOG_LEVEL"] ?? "warn",
    SALESFORCE_LOGIN_URL: org.url,
    SALESFORCE_CLIENT_ID: "sluice-demo",
    SALESFORCE_USERNAME: "operator@sluice.test",
    SALESFORCE_PRIVATE_KEY_FILE: org.privateKeyFile,
    SALESFORCE_PUBSUB_ENDPOINT: org.pubsubEndpoint,
    SALESFORCE_PUBSUB_CA_FILE: org.caFile,
    BILLING_URL: `${simulators.url}/billing`,
    BILLING_IDENTIFIER: billingDemoCredentials.identifier,
    BILLING_SECRET_FILE: secretFile("billing-secret", billingDemoCredentials.secret),
    NETWORK_URL: `${simulators.url}/network`,
    NETWORK_TOKEN_FILE: secretFile("network-token", networkDemoToken),
    MAIL_URL: simulators.smtpUrl,
    MAIL_FROM: "Sluice <orders@sluice.test>",
  };
}

/** The demo's go-live is its own first start, remembered so that a later start keeps it. */
function firstStart(folder: string): string {
  const file = join(folder, "first-start");
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    const now = new Date().toISOString();
    writeFileSync(file, now);
    return now;
  }
}
