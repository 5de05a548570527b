import assert from "node:assert/strict";
import { test } from "node:test";
import { readCliOptions } from "../src/cli/cli-options.ts";
import { OrgStartError } from "../src/org-start-error.ts";

test("options beat the environment, and the environment beats the defaults", () => {
  assert.deepEqual(readCliOptions([], {}), {
    kind: "start",
    port: 4610,
    grpcPort: 4611,
    dataDir: ".sluice",
    metadataDirs: [],
    seeds: [],
    isWatching: false,
    isJson: false,
  });
  const env = { ORG_PORT: "5000", ORG_GRPC_PORT: "5001", SLUICE_DATA_DIR: "from-env" };
  const args = ["--port", "0", "--metadata", "a", "--metadata", "b", "--seed", "s.json", "--watch", "--json"];
  assert.deepEqual(readCliOptions(args, env), {
    kind: "start",
    port: 0,
    grpcPort: 5001,
    dataDir: "from-env",
    metadataDirs: ["a", "b"],
    seeds: ["s.json"],
    isWatching: true,
    isJson: true,
  });
  assert.deepEqual(readCliOptions(["--help"], {}), { kind: "help" });
});

for (const [args, env, message] of [
  [[], { ORG_PORT: "x" }, '--port or ORG_PORT must be a port from 0 to 65535, and is "x"'],
  [
    [],
    { ORG_GRPC_PORT: "70000" },
    '--grpc-port or ORG_GRPC_PORT must be a port from 0 to 65535, and is "70000"',
  ],
] as const) {
  test(`refuses a bad setting with: ${message}`, () => {
    assert.throws(() => readCliOptions(args, env), { name: "OrgStartError", code: "bad_option", message });
  });
}

test("refuses an option that does not exist and points to --help", () => {
  assert.throws(
    () => readCliOptions(["--prot", "1"], {}),
    (reason) =>
      reason instanceof OrgStartError && /--prot.*sluice-org --help lists the options$/s.test(reason.message),
  );
});
