import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { PubSubError } from "../pubsub-error.ts";
import type { EventModel } from "./event-model.ts";
import { portablePath, toArgument } from "./portable-path.ts";
import { renderModule } from "./render-module.ts";
import { defaultForms } from "./value-forms.ts";
import type { ValueForms } from "./value-forms.ts";

export type WriteOptions = {
  readonly out: string | undefined;
  readonly forms: ValueForms;
  readonly isJson: boolean;
  readonly folder: string;
  /** The options that name the source of a model, for the line that says how to write the file anew. */
  readonly sourceOf: (model: EventModel) => string;
};

type Output = { readonly print: (text: string) => void; readonly tell: (text: string) => void };

type Module = {
  /** As it is told, relative to the current folder; null for standard output. */
  readonly file: string | null;
  readonly models: readonly EventModel[];
  readonly text: string;
};

/**
 * Writes what was read: to standard output, to one file, or to a file each in a folder.
 *
 * @throws {PubSubError} `config_invalid` when two events would have the same name or a file cannot be written.
 */
export async function writeCommand(
  models: readonly EventModel[],
  options: WriteOptions,
  { print, tell }: Output,
): Promise<void> {
  refuseSameNames(models);
  const modules = toModules(models, options);
  for (const { file, text } of modules) {
    if (file === null && !options.isJson) print(text);
    if (file !== null) tell(`${file}: ${await writeModule(file, resolve(options.folder, file), text)}\n`);
  }
  if (!options.isJson) return;
  const told = modules.flatMap(({ file, models: own, text }) =>
    own.map(({ topic, schemaId }) => ({ topic, schemaId, file, ...(file === null ? { text } : {}) })),
  );
  print(`${JSON.stringify(told)}\n`);
}

function toModules(models: readonly EventModel[], options: WriteOptions): readonly Module[] {
  const { out, forms, folder } = options;
  const target = out === undefined ? undefined : portablePath(out, folder);
  const makeModule = (own: readonly EventModel[], file: string | null): Module => {
    const sources = own.map((model) => options.sourceOf(model));
    const command = [
      "npx sluice-types",
      ...sources,
      ...(target === undefined ? [] : [`--out ${toArgument(target)}`]),
    ];
    if (forms.dates !== defaultForms.dates) command.push(`--dates ${forms.dates}`);
    if (forms.longs !== defaultForms.longs) command.push(`--longs ${forms.longs}`);
    return { file, models: own, text: renderModule(own, forms, command.join(" ")) };
  };
  if (target === undefined) {
    // Each is a whole of its own for programs; people get one text that is a module.
    return options.isJson ? models.map((model) => makeModule([model], null)) : [makeModule(models, null)];
  }
  if (/\.[cm]?ts$/.test(target)) return [makeModule(models, target)];
  return models.map((model) => makeModule([model], join(target, model.names.file).replaceAll(sep, "/")));
}

async function writeModule(file: string, path: string, text: string): Promise<"written" | "unchanged"> {
  try {
    const before = await readFile(path, "utf8").catch(() => undefined);
    if (before === text) return "unchanged";
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return "written";
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    const detail = `the file cannot be written (${code}). Give --out a .ts file, or a folder.`;
    throw new PubSubError("config_invalid", file, detail, { cause });
  }
}

function refuseSameNames(models: readonly EventModel[]): void {
  const topics = new Map<string, string>();
  for (const { topic, names } of models) {
    const other = topics.get(names.value);
    if (other !== undefined) {
      const detail = `would be called ${names.type}, as ${other} is. Write each by a call of its own.`;
      throw new PubSubError("config_invalid", topic, detail);
    }
    topics.set(names.value, topic);
  }
}
