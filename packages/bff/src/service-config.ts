import type { SweepRules } from "./intake/sweep-rules.ts";
import type { Mode } from "./store/deployment.ts";

/** What one process of a deployment does. */
export type Role = "intake" | "worker" | "portal";

export const allRoles: readonly Role[] = ["intake", "worker", "portal"];

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
  readonly mode: Mode;
  /** Whether billing, network and mail are the real ones; null when nobody said. A sandbox never works with those. */
  readonly downstreams: "production" | "test" | null;
  readonly sweep: SweepRules;
  readonly roles: readonly Role[];
  /** Queues that this process works on; null takes all of them. */
  readonly modules: readonly string[] | null;
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
  /** `/event/…`, each read under a lease of its own; empty takes the mapping's. */
  readonly topics: readonly string[];
  /** When set, any other org is refused. */
  readonly orgId: string | null;
};
