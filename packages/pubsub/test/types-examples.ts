/**
 * The examples of the documentation as files that a compiler reads.
 * - Each block marked `ts` is a module of its own; what it uses it must import or declare.
 * - A block whose first line is `// file: name.ts` gets that name: other blocks of the same page import it as
 *   `./name.ts`. Within an HTML comment a reader does not see it.
 * - A block marked `ts continued` goes on where the block before it ended.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compiler, runProgram } from "./types-support.ts";

export type Page = { readonly name: string; readonly text: string };

type Line = {
  readonly text: string;
  /** In the page, from 1. */
  readonly line: number;
};
type Example = { readonly file: string; readonly lines: readonly Line[] };

const configuration = {
  extends: "../../../../tsconfig.json",
  compilerOptions: {
    // An example that imports nothing is a module too, so that it can await.
    moduleDetection: "force",
    // It shows how to get at something, not what to do with it.
    noUnusedLocals: false,
    noUnusedParameters: false,
    noPropertyAccessFromIndexSignature: false,
  },
  include: ["."],
};

/** @throws {Error} when a block goes on where none began, or never ends. */
export function collectExamples({ name, text }: Page): readonly Example[] {
  const examples: { file: string; lines: Line[] }[] = [];
  let open: { readonly lines: Line[]; readonly fence: string } | undefined;
  for (const [index, content] of text.split("\n").entries()) {
    const line = index + 1;
    if (open !== undefined) {
      if (content.trim() === open.fence) open = undefined;
      else open.lines.push({ text: content, line });
      continue;
    }
    const [, fence, info] = /^\s*(`{3,})(.*)$/.exec(content) ?? [];
    if (fence === undefined || info === undefined) continue;
    const kind = info.trim();
    if (kind === "ts") {
      examples.push({ file: `example-${line}.ts`, lines: [] });
    }
    const lines = kind === "ts" || kind === "ts continued" ? examples.at(-1)?.lines : [];
    if (lines === undefined)
      throw new Error(`${name}:${line}: there is no block that this one could continue`);
    open = { lines, fence };
  }
  if (open !== undefined) throw new Error(`${name}: a block does not end`);
  return examples.map(({ file, lines }) => ({
    file: /^\/\/ file: ([\w-]+\.ts)$/.exec(lines[0]?.text ?? "")?.[1] ?? file,
    lines,
  }));
}

/** Compiles the examples of all pages at once. @returns what the compiler says, by page and line. */
export async function checkExamples(pages: readonly Page[], folder: string): Promise<readonly string[]> {
  const written = new Map<string, { readonly page: string; readonly lines: readonly Line[] }>();
  for (const page of pages) {
    const own = page.name.replace(/\.md$/, "").replaceAll("/", "-");
    await mkdir(join(folder, own));
    for (const { file, lines } of collectExamples(page)) {
      const path = `${own}/${file}`;
      if (written.has(path)) throw new Error(`${page.name}: two blocks are called ${file}`);
      written.set(path, { page: page.name, lines });
      await writeFile(join(folder, path), lines.map(({ text }) => `${text}\n`).join(""));
    }
  }
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(configuration));
  const { code, stdout } = await runProgram(
    compiler,
    ["-p", ".", "--singleThreaded", "--pretty", "false"],
    folder,
  );
  const errors = stdout.split("\n").filter((said) => said !== "" && !said.startsWith(" "));
  if (code !== 0 && errors.length === 0) throw new Error("the compiler failed and said nothing");
  return errors.map((said) => {
    const [, path = "", row = "", detail = ""] = /^([^(]+)\((\d+),\d+\): (.*)$/.exec(said) ?? [];
    const source = written.get(path);
    return source === undefined ? said : `${source.page}:${source.lines[Number(row) - 1]?.line}: ${detail}`;
  });
}
