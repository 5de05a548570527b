import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { clientCredentials, createPubSubClient } from "../../src/index.ts";
import { orderEvent } from "../types-schemas.ts";
import { compiler, openOrg, runProgram } from "../types-support.ts";

const repository = fileURLToPath(new URL("../../../..", import.meta.url));
const topic = "/event/OrderProvisionRequested__e";

/** All that an installation brings along, besides what these bring. */
const runtimeDependencies = ["@grpc/grpc-js"];

type Packed = { readonly filename: string; readonly files: readonly { readonly path: string }[] };
type Target = { readonly types: string; readonly default: string };
type Manifest = {
  readonly exports: Readonly<Record<string, Target | string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
};

/** A project that has installed the package from its tarball. */
let project: string;
let installed: string;
let files: readonly string[];
let manifest: Manifest;

before(async () => {
  project = await mkdtemp(join(tmpdir(), "sluice-consumer-"));
  const built = await runProgram(
    process.execPath,
    [join(repository, "scripts/pack-pubsub.ts"), "dist"],
    project,
  );
  assert.equal(built.code, 0, built.stdout + built.stderr);
  const npmEnv = { npm_config_cache: join(project, "cache"), npm_config_update_notifier: "false" };
  const packed = await runProgram("npm", ["pack", "./dist", "--json", "--offline"], project, npmEnv);
  assert.equal(packed.code, 0, packed.stderr);
  const [tarball] = JSON.parse(packed.stdout) as readonly Packed[];
  assert.ok(tarball);
  files = tarball.files.map(({ path }) => path);

  installed = join(project, "node_modules/@sluice/pubsub");
  await mkdir(installed, { recursive: true });
  const unpack = ["-xzf", tarball.filename, "-C", installed, "--strip-components=1"];
  assert.equal((await runProgram("tar", unpack, project)).code, 0);
  manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as Manifest;
  for (const name of [...Object.keys(manifest.dependencies), "@types/node"]) {
    const link = join(project, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(repository, "node_modules", name), link);
  }
});

after(() => rm(project, { recursive: true, force: true }));

test("brings exactly the dependencies that it names", async () => {
  assert.deepEqual(Object.keys(manifest.dependencies).toSorted(), runtimeDependencies);
  const imported = new Set<string>();
  for (const file of files.filter((name) => name.endsWith(".js"))) {
    const code = await readFile(join(installed, file), "utf8");
    for (const [, name = ""] of code.matchAll(/^(?:import|export) (?:.*? from )?"([^".][^"]*)";$/gm))
      imported.add(name);
  }
  const packages = [...imported].filter((name) => !name.startsWith("node:"));
  assert.deepEqual(packages.toSorted(), runtimeDependencies);
});

test("the manifest is for users of the package, and every file that it names is there", () => {
  assert.deepEqual(Object.keys(manifest).toSorted(), [
    "bin",
    "dependencies",
    "description",
    "engines",
    "exports",
    "files",
    "keywords",
    "license",
    "name",
    "publishConfig",
    "sideEffects",
    "type",
    "version",
  ]);
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : [target.types, target.default],
  );
  for (const file of [...targets, ...Object.values(manifest.bin)]) {
    assert.ok(existsSync(join(installed, file)), `${file} is missing`);
    assert.match(file, /\.(js|d\.ts|json)$/);
  }
  for (const file of ["README.md", "LICENSE", "proto/eventbus.proto"]) assert.ok(files.includes(file), file);
});

test("holds no TypeScript source, no import of any, and nothing of the machine it was made on", async () => {
  const sources = files.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  // Examples are for reading, and written as a user would write them.
  assert.deepEqual(
    sources.filter((name) => !name.startsWith("examples/")),
    [],
  );
  for (const file of files) {
    const text = await readFile(join(installed, file), "utf8");
    for (const path of [repository, homedir() + "/", tmpdir() + "/"]) {
      assert.ok(!text.includes(path), `${file} names ${path}`);
    }
    if (file.endsWith(".map")) {
      const map = JSON.parse(text) as {
        readonly sources: readonly string[];
        readonly sourcesContent: unknown[];
      };
      for (const [index, name] of map.sources.entries()) {
        assert.match(name, /^(\.\.\/)+src\/[\w/-]+\.ts$/, file);
        assert.equal(typeof map.sourcesContent[index], "string", `${file} lacks the source of ${name}`);
      }
    } else if (/\.(js|d\.ts|json)$/.test(file)) {
      assert.doesNotMatch(text, /(from|import) ?\(?"\.[^"]*\.ts"|"\.\/src\//, file);
    }
  }
});

test("plain JavaScript reads an event of the org with it, and its command works", async (t) => {
  const org = await openOrg(t);
  const access = { loginUrl: org.url, clientId: "sluice-demo", clientSecret: "sluice-demo-secret" };
  const ca = await readFile(org.caFile);
  const client = createPubSubClient({
    endpoint: org.pubsubEndpoint,
    ca,
    auth: clientCredentials(access),
  });
  const record = {
    CreatedDate: 1_700_000_000_000,
    CreatedById: "005Hs0000000001IAA",
    Order_Number__c: "101",
  };
  const nothing = {
    Account_Id__c: null,
    Approved_At__c: null,
    Approved_By_Id__c: null,
    Order_Id__c: null,
    Order_Modified_At__c: null,
    Request_Key__c: null,
    Request_Type__c: null,
    Total_Amount__c: null,
  };
  const published = await client.publish(topic, record);
  client.close();
  assert.equal(published.kind, "published");

  await writeFile(
    join(project, "consumer.mjs"),
    `import { readFileSync } from "node:fs";
import { clientCredentials, createPubSubClient } from "@sluice/pubsub";

const client = createPubSubClient({
  endpoint: ${JSON.stringify(org.pubsubEndpoint)},
  ca: readFileSync(${JSON.stringify(org.caFile)}),
  auth: clientCredentials(${JSON.stringify(access)}),
});
const signal = AbortSignal.timeout(20_000);
for await (const item of client.subscribe(${JSON.stringify(topic)}, {
  capacity: 1,
  signal,
})) {
  if (item.kind !== "batch" || item.events.length === 0) continue;
  process.stdout.write(JSON.stringify(item.events[0].payload));
  break;
}
client.close();
`,
  );
  const read = await runProgram(process.execPath, ["consumer.mjs"], project);
  assert.equal(read.stderr, "");
  assert.deepEqual(JSON.parse(read.stdout), { ...nothing, ...record });

  const command = join(installed, manifest.bin["sluice-types"] ?? "");
  await writeFile(join(project, "order.avsc"), JSON.stringify(orderEvent));
  const typed = await runProgram(command, ["--schema", "order.avsc"], project);
  assert.equal(typed.code, 0, typed.stderr);
  assert.match(typed.stdout, /export type OrderEvent = /);
});

for (const resolution of ["nodenext", "bundler"] as const) {
  test(`its declarations are whole for a project that resolves modules by ${resolution}`, async () => {
    const folder = join(project, resolution);
    await mkdir(folder);
    const compilerOptions = {
      target: "es2023",
      lib: ["es2023"],
      module: resolution === "nodenext" ? "nodenext" : "esnext",
      moduleResolution: resolution,
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      // The compiler's own files are no business of ours.
      skipDefaultLibCheck: true,
      noEmit: true,
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
    await writeFile(
      join(folder, "consumer.ts"),
      `import { PubSubError, createPubSubClient, jwtBearer } from "@sluice/pubsub";
import type { PubSubClient, PubSubErrorCode, TopicInfo } from "@sluice/pubsub";

export function open(privateKeyPem: string): PubSubClient {
  const auth = jwtBearer({
    loginUrl: "https://acme.my.salesforce.com",
    clientId: "key",
    username: "user",
    privateKeyPem,
  });
  return createPubSubClient({ auth });
}

export async function describe(client: PubSubClient): Promise<TopicInfo | PubSubErrorCode> {
  try {
    return await client.getTopic("/event/Order_Event__e");
  } catch (error) {
    if (error instanceof PubSubError) return error.code;
    throw error;
  }
}
// @ts-expect-error: were the package's types not found, anything would do.
export const wrong: TopicInfo = 1;
`,
    );
    const checked = await runProgram(
      compiler,
      ["-p", folder, "--singleThreaded", "--pretty", "false"],
      project,
    );
    assert.deepEqual(checked, { code: 0, stdout: "", stderr: "" });
  });
}
