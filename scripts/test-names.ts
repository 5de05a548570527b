/** Reads which tests a package has, so that tables in documents that name tests can be held to it. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The names of a package's tests as patterns: what a table of rows fills into a name may be anything. */
export function readTestNames(packageDir: string): readonly RegExp[] {
  const files = globSync("test/**/*.test.ts", { cwd: packageDir });
  return files.flatMap((file) => {
    const text = readFileSync(join(packageDir, file), "utf8");
    const titles = text.matchAll(/\btest\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g);
    return [...titles].map(([, plain, template]) => toPattern(plain ?? template ?? ""));
  });
}

function toPattern(title: string): RegExp {
  const parts = title.split(/\$\{[^}]*\}/);
  const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join(".+")}$`);
}
