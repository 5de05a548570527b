import type { OrgReady, ServiceReady, SimulatorsReady } from "./child-message.ts";

/** What a newcomer needs to see once everything runs: where it is, how to sign in, what to click. */
export function welcome(running: {
  readonly org: OrgReady;
  readonly simulators: SimulatorsReady;
  readonly service: ServiceReady | null;
  readonly dataDir: string;
  readonly seconds: number;
}): string {
  const { org, simulators, service, dataDir, seconds } = running;
  return `
Sluice is ready after ${seconds.toFixed(1)} s.

  Salesforce org    ${org.url}   sign in as operator@sluice.test, password sluice-demo
  Orders, live      ${service?.url ?? "not running (left out)"}
  Simulators        ${simulators.url}   mail on ${simulators.smtpUrl}
  Pub/Sub API       ${org.pubsubEndpoint}
  Data              ${dataDir}

Open the org, choose an order, press Approve, and watch it on the orders page. Or approve by the API:

  TOKEN=$(curl -s ${org.url}/services/oauth2/token -d grant_type=client_credentials \\
    -d client_id=sluice-demo -d client_secret=sluice-demo-secret | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  curl -s -X PATCH ${org.url}/services/data/v67.0/sobjects/Order/801Hs0000000001IAA \\
    -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"Status":"Approved"}'

Ctrl-C ends everything; the next start goes on where this one ended.
`;
}
