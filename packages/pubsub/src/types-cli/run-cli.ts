import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { PubSubError } from "../pubsub-error.ts";
import { checkCommand, findEvents } from "./check-command.ts";
import type { CheckedEvent } from "./check-command.ts";
import { readCliOptions } from "./cli-options.ts";
import type { CliOptions } from "./cli-options.ts";
import type { ConnectionOptionValues } from "./connection-options.ts";
import type { Environment, OpenedConnection } from "./connection-settings.ts";
import type { EventModel } from "./event-model.ts";
import { helpText } from "./help-text.ts";
import { portablePath, toArgument } from "./portable-path.ts";
import { fetchModel, loadModel, readTextFile } from "./schema-source.ts";
import { writeCommand } from "./write-command.ts";

/** The process around the command. */
export type CliHost = {
  readonly env: Environment;
  /** The current folder: paths are relative to it. */
  readonly folder: string;
  /** To standard output. */
  readonly print: (text: string) => void;
  /** To standard error. */
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal;
};

type RunOptions = Extract<CliOptions, { readonly kind: "run" }>;

/** What was read, by topic, and the option that names where. */
type Found = { readonly model: EventModel; readonly source: string };

/** Does what the command line asks for. @returns the exit code: 0 well, 1 differs or failed, 2 wrong options. */
export async function runCli(args: readonly string[], host: CliHost): Promise<0 | 1 | 2> {
  const options = readCliOptions(args);
  try {
    switch (options.kind) {
      case "help":
        host.print(helpText);
        return 0;
      case "version":
        host.print(`${readVersion()}\n`);
        return 0;
      case "wrong":
        return refuse([...options.problems, ...(await connectionProblems(options.connection, host))], host);
      case "run":
        return await run(options, host);
    }
  } catch (reason) {
    if (host.signal.aborted) host.tell("sluice-types: stopped, nothing more is written\n");
    else if (reason instanceof PubSubError) host.tell(`sluice-types: ${reason.message}\n`);
    else throw reason;
    return 1;
  }
}

async function run(options: RunOptions, host: CliHost): Promise<0 | 1 | 2> {
  const events: CheckedEvent[] = [];
  for (const file of options.checkFiles) {
    events.push(...findEvents(file, await readTextFile(file, resolve(host.folder, file))));
  }
  const wanted = new Set([...options.topics, ...events.map(({ topic }) => topic)]);
  const found = await findModels(options, [...wanted], host);
  if (found === "wrong") return 2;
  const models = [...found.values()].map(({ model }) => model);
  if (options.checkFiles.length === 0) {
    const sourceOf = ({ topic }: EventModel): string => found.get(topic)?.source ?? "";
    await writeCommand(models, { ...options, folder: host.folder, sourceOf }, host);
    return 0;
  }
  for (const topic of options.topics) {
    if (events.some((event) => event.topic === topic)) continue;
    throw new PubSubError("config_invalid", topic, `is in none of ${options.checkFiles.join(", ")}.`);
  }
  const pairs = events.map((event) => {
    const model = found.get(event.topic)?.model;
    if (model !== undefined) return { event, model };
    throw new PubSubError(
      "config_invalid",
      event.topic,
      `none of the --schema files is of it (${event.file}).`,
    );
  });
  return checkCommand(pairs, options.isJson, host.print) ? 0 : 1;
}

async function findModels(
  options: RunOptions,
  topics: readonly string[],
  host: CliHost,
): Promise<ReadonlyMap<string, Found> | "wrong"> {
  const found = new Map<string, Found>();
  const { schemaFiles } = options;
  if (schemaFiles.length > 0) {
    const [topic] = options.topics;
    for (const file of schemaFiles) {
      host.signal.throwIfAborted();
      const model = await loadModel(file, resolve(host.folder, file), topic);
      const source = `--schema ${toArgument(portablePath(file, host.folder))}${topic === undefined ? "" : ` --topic ${topic}`}`;
      found.set(model.topic, { model, source });
    }
    return found;
  }
  const opened = await connect(options.connection, host);
  if (opened.kind === "wrong") {
    refuse(opened.problems, host);
    return "wrong";
  }
  try {
    for (const topic of topics) {
      host.tell(`reading the schema of ${topic}\n`);
      const model = await fetchModel(opened.client, topic, host.signal);
      found.set(topic, { model, source: `--topic ${topic}` });
    }
  } finally {
    opened.client.close();
  }
  return found;
}

/** Whoever corrects a command wants to do it once. */
async function connectionProblems(
  connection: ConnectionOptionValues | undefined,
  host: CliHost,
): Promise<readonly string[]> {
  const opened = connection === undefined ? undefined : await connect(connection, host);
  if (opened?.kind === "open") opened.client.close();
  return opened?.kind === "wrong" ? opened.problems : [];
}

async function connect(connection: ConnectionOptionValues, host: CliHost): Promise<OpenedConnection> {
  // The client takes longer to load than all else; help and files do without it.
  const { openConnection } = await import("./connection-settings.ts");
  return openConnection(connection, host.env, host.folder);
}

function refuse(problems: readonly string[], { tell }: CliHost): 2 {
  const [only, ...others] = problems;
  if (others.length === 0) tell(`sluice-types: ${only}. See --help.\n`);
  else
    tell(
      `sluice-types: ${problems.length} settings are missing or wrong:\n  ${problems.join("\n  ")}\nSee --help.\n`,
    );
  return 2;
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}
