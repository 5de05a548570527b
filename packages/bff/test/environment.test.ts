import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { EnvironmentError, readEnvironment } from "../src/cli/environment.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-environment-"));
after(() => rmSync(folder, { recursive: true }));

const secretFile = join(folder, "secret");
writeFileSync(secretFile, "do-not-show-me\n");

const complete = {
  SALESFORCE_LOGIN_URL: "https://example.my.salesforce.com/",
  SALESFORCE_CLIENT_ID: "client",
  SALESFORCE_CLIENT_SECRET_FILE: secretFile,
  BILLING_URL: "https://billing.example.com",
  BILLING_IDENTIFIER: "id",
  BILLING_SECRET_FILE: secretFile,
  NETWORK_URL: "https://network.example.com",
  NETWORK_TOKEN_FILE: secretFile,
  MAIL_URL: "smtp://mail.example.com",
};

function refusal(changes: Readonly<Record<string, string>>): string {
  try {
    readEnvironment({ ...complete, ...changes });
  } catch (error) {
    assert.ok(error instanceof EnvironmentError);
    return error.message;
  }
  return assert.fail("the environment was accepted");
}

test("reads a complete environment, with defaults", () => {
  const config = readEnvironment(complete);
  assert.equal(config.salesforce.loginUrl, "https://example.my.salesforce.com");
  assert.deepEqual(config.salesforce.signIn, { kind: "client_credentials", clientSecret: "do-not-show-me" });
  assert.deepEqual(config.portal, { host: "127.0.0.1", port: 4600 });
  assert.equal(config.salesforce.pubsubEndpoint, "api.pubsub.salesforce.com:443");
  assert.equal(config.dataDir, ".sluice");
});

test("names every variable that is missing, in one message", () => {
  assert.throws(
    () => readEnvironment({}),
    (error) => {
      assert.ok(error instanceof EnvironmentError);
      for (const name of Object.keys(complete).filter((key) => key !== "SALESFORCE_CLIENT_SECRET_FILE")) {
        assert.match(error.message, new RegExp(`${name} is not set`));
      }
      return true;
    },
  );
});

test("says what is wrong with a value and what it should be", () => {
  assert.match(refusal({ PORT: "seven" }), /PORT must be a number/);
  assert.match(refusal({ PORT: "70000" }), /PORT must be at most 65535/);
  assert.match(refusal({ SALESFORCE_LOGIN_URL: "example" }), /SALESFORCE_LOGIN_URL must be an address/);
  assert.match(refusal({ SLUICE_GO_LIVE: "tomorrow" }), /SLUICE_GO_LIVE must be an ISO 8601 time/);
  assert.match(refusal({ SLUICE_MODE: "dry" }), /SLUICE_MODE must be `live` or `observe`/);
  assert.match(refusal({ SLUICE_DOWNSTREAMS: "real" }), /SLUICE_DOWNSTREAMS must be `production` or `test`/);
  assert.match(refusal({ SLUICE_SWEEP_SECONDS: "0" }), /SLUICE_SWEEP_SECONDS must be at least 1/);
  assert.match(refusal({ SALESFORCE_TOPIC: "Orders" }), /SALESFORCE_TOPIC must look like \/event\//);
  assert.match(refusal({ SALESFORCE_ORG_ID: "801Hs0000000001IAA" }), /SALESFORCE_ORG_ID must be an org id/);
  assert.match(refusal({ SLUICE_NAMESPACE: "Two-Words" }), /SLUICE_NAMESPACE may hold/);
  assert.match(refusal({ REDIS_URL: "redis://localhost" }), /REDIS_URL is not supported yet/);
  assert.match(refusal({ SALESFORCE_CLIENT_SECRET_FILE: "" }), /neither SALESFORCE_PRIVATE_KEY_FILE/);
  assert.match(refusal({ SALESFORCE_PRIVATE_KEY_FILE: secretFile }), /SALESFORCE_USERNAME is not set/);
});

test("names an unreadable or empty secret file, and never shows what is in one", () => {
  const empty = join(folder, "empty");
  writeFileSync(empty, "");
  assert.match(
    refusal({ BILLING_SECRET_FILE: join(folder, "nowhere") }),
    /BILLING_SECRET_FILE names .*nowhere.* \(ENOENT\)/,
  );
  const message = refusal({ NETWORK_TOKEN_FILE: empty });
  assert.match(message, /NETWORK_TOKEN_FILE names .*, which is empty/);
  assert.doesNotMatch(message, /do-not-show-me/);
});
