import { readFileSync } from "node:fs";
import { z } from "zod";
import { toRecordId } from "../orders/record-id.ts";
import { defaultSweepRules } from "../intake/sweep-rules.ts";
import { allRoles } from "../service-config.ts";
import type { SalesforceConfig, ServiceConfig } from "../service-config.ts";

/** One or more variables are missing or wrong. The message lists all of them, each with what to do. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  readonly code = "environment_invalid";
}

const url = z.url({
  protocol: /^https?$/,
  error: "must be an address that begins with https:// (or http://)",
});
const text = z.string({ error: "is not set" }).min(1, "is empty");
const port = z.coerce
  .number({ error: "must be a number" })
  .int("must be a whole number")
  .min(0)
  .max(65_535, "must be at most 65535");
const seconds = z.coerce
  .number({ error: "must be a number of seconds" })
  .min(1, "must be at least 1 (seconds)")
  .max(86_400, "must be at most 86400 (seconds, a day)");
const time = z.iso.datetime({
  offset: true,
  error: "must be an ISO 8601 time with a zone, such as 2026-12-01T00:00:00Z",
});

const environment = z.object({
  SLUICE_DATA_DIR: z.string().default(".sluice"),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
    .optional(),
  REDIS_URL: z
    .undefined({ error: "is not supported yet: this version keeps its queue in PostgreSQL. Unset it" })
    .optional(),
  SLUICE_NAMESPACE: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/, "may hold lower-case letters, digits and _, and begins with a letter")
    .default("sluice"),
  PORT: port.default(4600),
  SLUICE_HOST: z.string().default("127.0.0.1"),
  SLUICE_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  SLUICE_GO_LIVE: time.optional(),
  SLUICE_MODE: z.enum(["live", "observe"], { error: "must be `live` or `observe`" }).default("live"),
  SLUICE_DOWNSTREAMS: z.enum(["production", "test"], { error: "must be `production` or `test`" }).optional(),
  SLUICE_SWEEP_SECONDS: seconds.default(defaultSweepRules.intervalMs / 1000),
  SLUICE_SWEEP_GRACE_SECONDS: seconds.default(defaultSweepRules.graceMs / 1000),
  SLUICE_GAP_SETTLE_SECONDS: seconds.default(defaultSweepRules.settleMs / 1000),
  SALESFORCE_LOGIN_URL: url,
  SALESFORCE_CLIENT_ID: text,
  SALESFORCE_USERNAME: z.string().optional(),
  SALESFORCE_PRIVATE_KEY_FILE: z.string().optional(),
  SALESFORCE_CLIENT_SECRET_FILE: z.string().optional(),
  SALESFORCE_PUBSUB_ENDPOINT: z.string().default("api.pubsub.salesforce.com:443"),
  SALESFORCE_PUBSUB_CA_FILE: z.string().optional(),
  SALESFORCE_TOPIC: z
    .string()
    .regex(
      /^\/event\/\w+__e(,\/event\/\w+__e)*$/,
      "must look like /event/OrderProvisionRequested__e; several are separated by commas",
    )
    .optional(),
  SALESFORCE_ORG_ID: z
    .string()
    .refine(
      (id) => id.startsWith("00D") && toRecordId(id) !== undefined,
      "must be an org id: 00D and 12 or 15 more characters",
    )
    .transform((id) => toRecordId(id) ?? id)
    .optional(),
  BILLING_URL: url,
  BILLING_IDENTIFIER: text,
  BILLING_SECRET_FILE: text,
  NETWORK_URL: url,
  NETWORK_TOKEN_FILE: text,
  MAIL_URL: z.string({ error: "is not set" }).regex(/^smtps?:\/\//, "must begin with smtp:// or smtps://"),
  MAIL_FROM: z.string().default("Sluice <no-reply@example.com>"),
});

type Environment = z.infer<typeof environment>;

/**
 * Reads and checks everything the service takes from its environment. Empty variables count as not set.
 *
 * @throws {EnvironmentError}
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): ServiceConfig {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const missing = issue.input === undefined && !(String(issue.path[0]) in given);
      return `  ${issue.path.join(".")} ${missing ? "is not set" : issue.message}`;
    });
    throw new EnvironmentError(
      `the environment is not complete:\n${lines.join("\n")}\nSee the README, "Point it at a real org".`,
    );
  }
  const env = parsed.data;
  const problems: string[] = [];
  const read = (name: keyof Environment, file: string) => readSecret(name, file, problems);
  const config: ServiceConfig = {
    dataDir: env.SLUICE_DATA_DIR,
    databaseUrl: env.DATABASE_URL ?? null,
    namespace: env.SLUICE_NAMESPACE,
    portal: { host: env.SLUICE_HOST, port: env.PORT },
    logLevel: env.SLUICE_LOG_LEVEL,
    goLiveAt: env.SLUICE_GO_LIVE === undefined ? null : new Date(env.SLUICE_GO_LIVE).toISOString(),
    mode: env.SLUICE_MODE,
    downstreams: env.SLUICE_DOWNSTREAMS ?? null,
    sweep: {
      intervalMs: env.SLUICE_SWEEP_SECONDS * 1000,
      graceMs: env.SLUICE_SWEEP_GRACE_SECONDS * 1000,
      settleMs: env.SLUICE_GAP_SETTLE_SECONDS * 1000,
    },
    roles: allRoles,
    modules: null,
    salesforce: {
      loginUrl: env.SALESFORCE_LOGIN_URL.replace(/\/+$/, ""),
      clientId: env.SALESFORCE_CLIENT_ID,
      signIn: signIn(env, read, problems),
      pubsubEndpoint: env.SALESFORCE_PUBSUB_ENDPOINT,
      pubsubCaPem:
        env.SALESFORCE_PUBSUB_CA_FILE === undefined
          ? null
          : read("SALESFORCE_PUBSUB_CA_FILE", env.SALESFORCE_PUBSUB_CA_FILE),
      topics: env.SALESFORCE_TOPIC?.split(",") ?? [],
      orgId: env.SALESFORCE_ORG_ID ?? null,
    },
    billing: {
      url: env.BILLING_URL,
      identifier: env.BILLING_IDENTIFIER,
      secret: read("BILLING_SECRET_FILE", env.BILLING_SECRET_FILE),
    },
    network: { url: env.NETWORK_URL, token: read("NETWORK_TOKEN_FILE", env.NETWORK_TOKEN_FILE) },
    mail: { url: env.MAIL_URL, from: env.MAIL_FROM },
  };
  if (problems.length > 0)
    throw new EnvironmentError(`the environment is not complete:\n  ${problems.join("\n  ")}`);
  return config;
}

function signIn(
  env: Environment,
  read: (name: keyof Environment, file: string) => string,
  problems: string[],
): SalesforceConfig["signIn"] {
  if (env.SALESFORCE_PRIVATE_KEY_FILE !== undefined) {
    if (env.SALESFORCE_USERNAME === undefined) {
      problems.push("SALESFORCE_USERNAME is not set: the JWT flow signs in as that user");
    }
    const privateKeyPem = read("SALESFORCE_PRIVATE_KEY_FILE", env.SALESFORCE_PRIVATE_KEY_FILE);
    return { kind: "jwt", username: env.SALESFORCE_USERNAME ?? "", privateKeyPem };
  }
  if (env.SALESFORCE_CLIENT_SECRET_FILE !== undefined) {
    const clientSecret = read("SALESFORCE_CLIENT_SECRET_FILE", env.SALESFORCE_CLIENT_SECRET_FILE);
    return { kind: "client_credentials", clientSecret };
  }
  problems.push(
    "neither SALESFORCE_PRIVATE_KEY_FILE (JWT bearer) nor SALESFORCE_CLIENT_SECRET_FILE (client credentials) is set: give one of them",
  );
  return { kind: "client_credentials", clientSecret: "" };
}

/** The file's content; its text never reaches a message, only its path does. */
function readSecret(name: string, file: string, problems: string[]): string {
  try {
    const content = readFileSync(file, "utf8").trim();
    if (content === "") problems.push(`${name} names ${file}, which is empty`);
    return content;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    problems.push(`${name} names ${file}, which cannot be read (${code})`);
    return "";
  }
}
