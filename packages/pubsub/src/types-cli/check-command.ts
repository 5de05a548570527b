import { PubSubError } from "../pubsub-error.ts";
import { describeSchema } from "../schema/describe-schema.ts";
import type { RecordDescription } from "../schema/describe-schema.ts";
import { compareDescriptions, compareSchemas } from "../schema/schema-drift.ts";
import type { SchemaChange } from "../schema/schema-drift.ts";
import type { EventModel } from "./event-model.ts";
import { readModule } from "./read-module.ts";
import type { WrittenEvent } from "./read-module.ts";

/** An event in a file that was written before. */
export type CheckedEvent = WrittenEvent & { readonly file: string };

/** @throws {PubSubError} `config_invalid` when the file holds no event. */
export function findEvents(file: string, text: string): readonly CheckedEvent[] {
  const events = readModule(text).map((event) => ({ ...event, file }));
  if (events.length > 0) return events;
  const detail = "holds nothing that sluice-types wrote. Write it with --out first.";
  throw new PubSubError("config_invalid", file, detail);
}

/**
 * Tells how each event differs from what its file was made of. @returns whether all of them are as they were.
 *
 * @throws {PubSubError} `schema_unusable`
 */
export function checkCommand(
  pairs: readonly { readonly event: CheckedEvent; readonly model: EventModel }[],
  isJson: boolean,
  print: (text: string) => void,
): boolean {
  const results = pairs.map(({ event, model }) => {
    const drift = compareSchemas(event, model);
    const { severity, changes } = drift ?? { severity: "none" as const, changes: [] };
    const lines = changes.map((change) => describeChange(change, event, model));
    return { event, schemaId: model.schemaId, severity, changes, lines };
  });
  if (isJson) {
    const told = results.map(({ event, schemaId, severity, changes }) => ({
      file: event.file,
      topic: event.topic,
      schemaId,
      baselineSchemaId: event.schemaId,
      severity,
      changes,
    }));
    print(`${JSON.stringify(told)}\n`);
  } else {
    for (const { event, severity, lines } of results) {
      const verdict = severity === "none" ? "as it was" : `changed, ${severity}`;
      print(`${event.file}: ${event.topic} is ${verdict}\n${lines.join("")}`);
    }
  }
  return results.every(({ severity }) => severity === "none");
}

function describeChange(change: SchemaChange, before: CheckedEvent, after: EventModel): string {
  switch (change.kind) {
    case "added":
      return `  + ${change.field}: ${change.type} (${change.nullable ? "additive" : "breaking: it is never null"})\n`;
    case "removed":
      return `  - ${change.field}: ${change.type} (breaking)\n`;
    case "retyped": {
      const severity = severityOfField(change.field, before, after);
      const verdict = severity === undefined ? "" : ` (${severity})`;
      return `  ~ ${change.field}: ${change.from}, now ${change.to}${verdict}\n`;
    }
  }
}

/** Of one field of the event by itself; undefined for one within another, which is judged with all around it. */
function severityOfField(name: string, before: CheckedEvent, after: EventModel): string | undefined {
  const only = ({ schemaJson }: { readonly schemaJson: string }): RecordDescription => {
    const record = describeSchema(schemaJson);
    return { ...record, fields: record.fields.filter((field) => field.name === name) };
  };
  const baseline = { schemaId: before.schemaId, record: only(before) };
  return compareDescriptions(baseline, { schemaId: after.schemaId, record: only(after) })?.severity;
}
