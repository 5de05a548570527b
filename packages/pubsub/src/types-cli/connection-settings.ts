import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { DEFAULT_ENDPOINT } from "../client-options.ts";
import { clientCredentials, createPubSubClient, jwtBearer, PubSubError } from "../index.ts";
import type { PubSubClient, TokenSource } from "../index.ts";
import { connectionVariables as variables } from "./connection-options.ts";
import type { ConnectionOption, ConnectionOptionValues } from "./connection-options.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export type OpenedConnection =
  | { readonly kind: "open"; readonly client: PubSubClient }
  | { readonly kind: "wrong"; readonly problems: readonly string[] };

/**
 * Makes a client of what options and environment say; nothing is dialled yet. Options win, and an empty variable
 * counts as not set; files are looked for from `folder`. What is missing or wrong is returned all at once; what a secret's file holds is in no message.
 */
export function openConnection(
  options: ConnectionOptionValues,
  env: Environment,
  folder: string,
): OpenedConnection {
  const problems: string[] = [];
  const read = (label: string, file: string): string =>
    readText(label, file, resolve(folder, file), problems);
  const get = (name: ConnectionOption): Setting => {
    const { [name]: given } = options;
    const variable = env[variables[name]];
    if (given !== undefined) return { label: `--${name}`, value: given };
    if (variable !== undefined && variable !== "") return { label: variables[name], value: variable };
    return { label: `--${name} or ${variables[name]}`, value: undefined };
  };
  const auth = readAuth(get, read, problems);
  const endpoint = get("pubsub-endpoint");
  const caFile = get("pubsub-ca-file");
  const ca = caFile.value === undefined ? undefined : read(caFile.label, caFile.value);
  if (endpoint.value !== undefined && !/^(http:\/\/127\.0\.0\.1|[\w.-]+)(:\d{1,5})?$/.test(endpoint.value)) {
    problems.push(
      `${endpoint.label} must be host:port, such as ${DEFAULT_ENDPOINT}; got "${endpoint.value}"`,
    );
  }
  if (problems.length > 0 || auth === undefined) return { kind: "wrong", problems };
  const client = orProblem(problems, () =>
    createPubSubClient({
      endpoint: endpoint.value ?? DEFAULT_ENDPOINT,
      auth,
      ...(ca === undefined ? {} : { ca }),
    }),
  );
  return client === undefined ? { kind: "wrong", problems } : { kind: "open", client };
}

type Setting = { readonly label: string; readonly value: string | undefined };

function readAuth(
  get: (name: ConnectionOption) => Setting,
  read: (label: string, file: string) => string,
  problems: string[],
): TokenSource | undefined {
  const loginUrl = get("login-url");
  const clientId = get("client-id");
  const username = get("username");
  const keyFile = get("private-key-file");
  const secretFile = get("client-secret-file");
  if (loginUrl.value === undefined) {
    problems.push(
      `${loginUrl.label} is not set: give the org's My Domain, such as https://acme.my.salesforce.com`,
    );
  } else if (!isLoginUrl(loginUrl.value)) {
    const expected = "the org's My Domain as an https URL, such as https://acme.my.salesforce.com";
    // A URL may hold a password.
    const got = loginUrl.value.includes("@") ? "one with an @" : `"${loginUrl.value}"`;
    problems.push(`${loginUrl.label} must be ${expected}; got ${got}`);
  }
  if (clientId.value === undefined)
    problems.push(`${clientId.label} is not set: give the app's consumer key`);
  let keyPem: string | undefined;
  let secret: string | undefined;
  if (keyFile.value !== undefined) {
    if (username.value === undefined) {
      problems.push(`${username.label} is not set: with a private key one signs in as a user`);
    }
    keyPem = read(keyFile.label, keyFile.value);
  } else if (secretFile.value !== undefined) {
    secret = read(secretFile.label, secretFile.value);
  } else {
    problems.push(
      `neither ${keyFile.label} nor ${secretFile.label} is set: give the file with the private key or with the consumer secret`,
    );
  }
  if (problems.length > 0) return undefined;
  const app = { loginUrl: loginUrl.value ?? "", clientId: clientId.value ?? "" };
  return orProblem(problems, () =>
    keyPem === undefined
      ? clientCredentials({ ...app, clientSecret: secret ?? "" })
      : jwtBearer({
          ...app,
          username: username.value ?? "",
          privateKeyPem: keyPem,
        }),
  );
}

/** In the clear only to this machine, where the emulated org is. */
function isLoginUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname))
  );
}

function readText(label: string, file: string, path: string, problems: string[]): string {
  try {
    const content = readFileSync(path, "utf8").trim();
    if (content === "") problems.push(`${label} names ${file}, which is empty`);
    return content;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    problems.push(`${label} names ${file}, which cannot be read (${code})`);
    return "";
  }
}

function orProblem<T>(problems: string[], make: () => T): T | undefined {
  try {
    return make();
  } catch (reason) {
    if (!(reason instanceof PubSubError) || reason.code !== "config_invalid") throw reason;
    problems.push(reason.message.replace("[config_invalid] ", "").replace(/\.$/, ""));
    return undefined;
  }
}
