/** What a service needs to know; made of the environment at the border (`cli/environment.ts`), or by hand as a library. */
export type ServiceConfig = {
  readonly dataDir: string;
  /** PostgreSQL; without it the embedded one under `dataDir`. */
  readonly databaseUrl: string | null;
  /** Prefix of the schemas. */
  readonly namespace: string;
  readonly portal: { readonly host: string; readonly port: number };
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** ISO 8601; needed at the first start only. */
  readonly goLiveAt: string | null;
  readonly salesforce: SalesforceConfig;
  readonly billing: { readonly url: string; readonly identifier: string; readonly secret: string };
  readonly network: { readonly url: string; readonly token: string };
  readonly mail: { readonly url: string; readonly from: string };
};

export type SalesforceConfig = {
  readonly loginUrl: string;
  readonly clientId: string;
  readonly signIn:
    | { readonly kind: "jwt"; readonly username: string; readonly privateKeyPem: string }
    | { readonly kind: "client_credentials"; readonly clientSecret: string };
  readonly pubsubEndpoint: string;
  /** Extra certificate authority, for an org of one's own. */
  readonly pubsubCaPem: string | null;
  /** `/event/…`; null takes the mapping's. */
  readonly topic: string | null;
  /** When set, any other org is refused. */
  readonly orgId: string | null;
};
