import { readFile } from "node:fs/promises";
import type { PubSubClient } from "../index.ts";
import { PubSubError } from "../pubsub-error.ts";
import { parseAvroRecord } from "../schema/avro-schema.ts";
import type { EventModel } from "./event-model.ts";
import { plainName, readModel } from "./read-schema.ts";
import { schemaIdOf } from "./schema-id.ts";
import { topicOfRecord } from "./topic-names.ts";

/** Asks the org for the current schema of a topic. @throws {PubSubError} as a call fails, or `schema_unusable`. */
export async function fetchModel(
  client: PubSubClient,
  topic: string,
  signal: AbortSignal,
): Promise<EventModel> {
  const { schemaId } = await client.getTopic(topic, signal);
  if (schemaId === null) {
    const detail =
      "this channel carries several kinds of events and has no schema of its own. Name the topics of its events instead, such as /data/AccountChangeEvent.";
    throw new PubSubError("request_rejected", topic, detail);
  }
  const { schemaJson } = await client.getSchema(schemaId, signal);
  return readModel(topic, schemaId, schemaJson);
}

/**
 * Reads an Avro file; the record's name says which topic it is, unless one is given.
 *
 * @throws {PubSubError} `config_invalid` when there is no such file, `schema_unusable`.
 */
export async function loadModel(file: string, path: string, topic: string | undefined): Promise<EventModel> {
  const schemaJson = await readTextFile(file, path);
  const record = parseAvroRecord(schemaJson, file);
  return readModel(topic ?? topicOfRecord(plainName(record)), schemaIdOf(record), schemaJson);
}

/** @throws {PubSubError} `config_invalid`; `file` is how the user wrote it. */
export async function readTextFile(file: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new PubSubError("config_invalid", file, `the file cannot be read (${code}).`, { cause });
  }
}
