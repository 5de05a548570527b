import { isConnectionOption } from "./connection-options.ts";
import type { ConnectionOptionValues } from "./connection-options.ts";
import type { ValueForms } from "./value-forms.ts";
import { defaultForms, isDateForm, isLongForm } from "./value-forms.ts";

/** What the command line asks for; paths are as written. */
export type CliOptions =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | {
      readonly kind: "wrong";
      readonly problems: readonly string[];
      /** What is said of the org, if one would be asked. */
      readonly connection: ConnectionOptionValues | undefined;
    }
  | {
      readonly kind: "run";
      readonly topics: readonly string[];
      /** Avro files; when there are any, no org is asked. */
      readonly schemaFiles: readonly string[];
      readonly out: string | undefined;
      /** Files to compare; when there are any, nothing is written. */
      readonly checkFiles: readonly string[];
      readonly forms: ValueForms;
      readonly isJson: boolean;
      readonly connection: ConnectionOptionValues;
    };

const own = ["topic", "schema", "out", "check", "dates", "longs"] as const;
const repeatable = new Set(["topic", "schema", "check"]);
const switches: ReadonlySet<string> = new Set(["json", "help", "version"]);

/** Reads the command line; what is wrong with it is returned all at once. */
export function readCliOptions(args: readonly string[]): CliOptions {
  const problems: string[] = [];
  const values = collectValues(args, problems);
  if (values.has("help")) return { kind: "help" };
  if (values.has("version")) return { kind: "version" };
  const [
    topics = [],
    schemaFiles = [],
    [out] = [],
    checkFiles = [],
    [dates = defaultForms.dates] = [],
    [longs = defaultForms.longs] = [],
  ] = own.map((name) => values.get(name));
  for (const topic of topics) {
    if (/^\/(event|data)\/[A-Za-z]\w*$/.test(topic)) continue;
    problems.push(`--topic must look like /event/Order_Event__e or /data/AccountChangeEvent; got "${topic}"`);
  }
  if (!isDateForm(dates)) problems.push(`--dates must be number, iso or date; got "${dates}"`);
  if (!isLongForm(longs)) problems.push(`--longs must be bigint or string; got "${longs}"`);
  if (topics.length + schemaFiles.length + checkFiles.length === 0) {
    problems.push("--topic, --schema or --check is missing: one of them says what to read");
  }
  if (out !== undefined && checkFiles.length > 0) {
    problems.push("--out and --check exclude each other: a check writes nothing");
  }
  if (schemaFiles.length > 0 && topics.length > 0 && (schemaFiles.length > 1 || topics.length > 1)) {
    problems.push("--topic with --schema names the topic of one file: give one of each");
  }
  const given = [...values].filter(([name]) => isConnectionOption(name));
  const connection = Object.fromEntries(given.map(([name, [value]]) => [name, value]));
  if (problems.length > 0 || !isDateForm(dates) || !isLongForm(longs)) {
    const asksOrg = schemaFiles.length === 0 && topics.length + checkFiles.length > 0;
    return { kind: "wrong", problems, connection: asksOrg ? connection : undefined };
  }
  return {
    kind: "run",
    topics: [...new Set(topics)],
    schemaFiles,
    out,
    checkFiles,
    forms: { dates, longs },
    isJson: values.has("json"),
    connection,
  };
}

/** The parser of Node throws at the first mistake; whoever corrects a command wants to hear of all. */
function collectValues(args: readonly string[], problems: string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  const queue = [...args];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    const [option = "", name, inline] =
      /^--([\w-]+)(?:=(.*))?$/s.exec(arg) ?? (arg === "-h" ? [arg, "help"] : []);
    if (name === undefined) {
      problems.push(`"${arg}" belongs to no option`);
      continue;
    }
    const label = option.replace(/=.*$/s, "");
    if (switches.has(name)) {
      values.set(name, []);
      continue;
    }
    const value = inline ?? (queue[0]?.startsWith("-") === false ? queue.shift() : undefined);
    const known = values.get(name) ?? [];
    if (!isTaking(name)) problems.push(`${label} is no option`);
    else if (value === undefined || value === "") problems.push(`${label} needs a value`);
    else if (known.length > 0 && !repeatable.has(name)) problems.push(`${label} may be given once`);
    else values.set(name, [...known, value]);
  }
  return values;
}

function isTaking(name: string): boolean {
  return (own as readonly string[]).includes(name) || isConnectionOption(name);
}
