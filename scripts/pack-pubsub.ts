/**
 * Makes `packages/pubsub/dist/` (or the folder given as argument) what npm gets: JavaScript with declarations, the wire
 * contract, and a manifest that points at them. In this repository the package runs from its TypeScript source.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** `tls.getCACertificates` and `process.getBuiltinModule` need it. */
const engines = { node: ">=22.15" };

/** What goes along as it is, where it exists. */
const companions = ["README.md", "CHANGELOG.md", "docs", "examples", "proto"];

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  /** Exact here; whoever installs the package gets fixes of theirs without waiting for ours. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
};

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "packages", "pubsub");
const target = resolve(process.argv[2] ?? join(source, "dist"));

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
declare(join(target, "lib"));
await bundle(join(target, "lib"));
for (const name of companions) {
  if (existsSync(join(source, name))) cpSync(join(source, name), join(target, name), { recursive: true });
}
cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
const manifest = toPublished(JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest);
writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
for (const file of Object.values(manifest.bin)) chmodSync(join(target, file), 0o755);
process.stdout.write(
  `${manifest.name} ${manifest.version} is ready: npm publish ${relative(process.cwd(), target)}\n`,
);

function declare(into: string): void {
  const project = join(source, "tsconfig.build.json");
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { status } = spawnSync(tsc, ["-p", project, "--outDir", into], { stdio: "inherit" });
  if (status !== 0) throw new Error("the compiler found errors, see above");
  for (const file of readdirSync(into, { recursive: true, encoding: "utf8" })) {
    const path = join(into, file);
    if (file.endsWith(".d.ts")) writeFileSync(path, withScriptImports(readFileSync(path, "utf8")));
  }
}

/**
 * One file for each entry and one for what they share: seventy small modules would cost whoever imports the package
 * 8 MiB and a tenth of a second.
 */
async function bundle(into: string): Promise<void> {
  const { exports, bin } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest;
  await build({
    entryPoints: [...Object.values(exports), ...Object.values(bin)].map((file) => join(source, file)),
    // Comments in the code name its files from here.
    absWorkingDir: source,
    outbase: join(source, "src"),
    outdir: into,
    bundle: true,
    splitting: true,
    chunkNames: "shared-[hash]",
    format: "esm",
    platform: "node",
    target: "node22.15",
    packages: "external",
    sourcemap: "linked",
    logLevel: "warning",
  });
  for (const file of readdirSync(into, { recursive: true, encoding: "utf8" })) {
    const path = join(into, file);
    if (file.endsWith(".js.map")) writeFileSync(path, withinPackage(readFileSync(path, "utf8"), path));
  }
}

/** The compiler rewrites the imports of JavaScript only. */
function withScriptImports(declarations: string): string {
  return declarations.replaceAll(/((?:from|import) ?\(?")(\.{1,2}\/[^"]+)\.ts"/g, '$1$2.js"');
}

/** The map holds its sources; where they lay on the disk is nobody's business. */
function withinPackage(map: string, path: string): string {
  const parsed = JSON.parse(map) as { readonly sources: readonly string[] };
  const folder = relative(target, dirname(path));
  const sources = parsed.sources.map((file) =>
    relative(folder, relative(source, resolve(dirname(path), file))).replaceAll(sep, "/"),
  );
  return JSON.stringify({ ...parsed, sources });
}

function toPublished({ exports, bin, ...rest }: Manifest): Manifest {
  const { devDependencies: _development, scripts: _scripts, private: _private, dependencies, ...kept } = rest;
  const built = (file: string, extension: string): string =>
    file.replace(/^\.\/src\//, "lib/").replace(/\.ts$/, extension);
  const entries = Object.entries(exports).map(([name, file]) => [
    name,
    { types: `./${built(file, ".d.ts")}`, default: `./${built(file, ".js")}` },
  ]);
  return {
    ...kept,
    name: rest.name,
    version: rest.version,
    engines,
    sideEffects: false,
    exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
    bin: Object.fromEntries(Object.entries(bin).map(([name, file]) => [name, built(file, ".js")])),
    files: ["lib", ...companions.filter((name) => existsSync(join(source, name))), "LICENSE"],
    dependencies: Object.fromEntries(
      Object.entries(dependencies).map(([name, version]) => [name, `^${version}`]),
    ),
    publishConfig: { access: "public" },
  };
}
