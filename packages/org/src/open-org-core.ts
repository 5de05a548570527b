import { randomUUID } from "node:crypto";
import { buildEventTypes, prepareEvent } from "./bus/publish-event.ts";
import type { EventType } from "./bus/publish-event.ts";
import { SqliteEventBus } from "./bus/sqlite-event-bus.ts";
import type { BusSchema } from "./bus/sqlite-event-bus.ts";
import type { Clock, Random } from "./clock.ts";
import { FaultyBus } from "./faults/faulty-bus.ts";
import { saveFaults } from "./faults/save-faults.ts";
import { checkMetadata } from "./metadata/check-metadata.ts";
import { loadMetadata } from "./metadata/load-metadata.ts";
import type { OrgMetadata } from "./metadata/org-metadata.ts";
import { OrgError } from "./org-core.ts";
import type { CommittedChanges, OrgCore } from "./org-core.ts";
import { openStage } from "./org-stage.ts";
import type { OrgStage } from "./org-stage.ts";
import { assignKeyPrefixes } from "./records/custom-objects.ts";
import { OrgDatabase, OrgDatabaseError } from "./records/org-database.ts";
import { buildOrgShape } from "./records/org-shape.ts";
import type { OrgShape } from "./records/org-shape.ts";
import { RecordStore } from "./records/record-store.ts";
import { noSaveHooks } from "./records/save-hooks.ts";
import type { SaveHooks } from "./records/save-hooks.ts";
import { SavePipeline } from "./records/save-pipeline.ts";
import { orderFlows } from "./flow/order-flows.ts";
import { applySeed } from "./seed/apply-seed.ts";

export type OpenOrgCoreOptions = {
  /** SFDX source folders, applied in order. */
  readonly metadataDirs: readonly string[];
  /** Made when it is missing; `:memory:` keeps nothing. */
  readonly databaseFile: string;
  /** Records for an empty database, in order. The demo's Organization and its User come first where these have none. */
  readonly seedFiles: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** Where what goes wrong is armed, and what happens is written down. Default: nothing is armed. */
  readonly stage?: OrgStage;
  /** Called with what is legal in the metadata and hardly meant. */
  readonly onWarning?: (text: string) => void;
};

/** What follows from the metadata as it was last read. */
type Generation = {
  readonly metadata: OrgMetadata;
  readonly shape: OrgShape;
  readonly events: ReadonlyMap<string, EventType>;
};

/**
 * Opens an org: its metadata as it is now, its records and its bus as they were left.
 *
 * @throws {MetadataError} for metadata that is not understood, with file and element.
 * @throws {OrgDatabaseError} when the database file cannot be used.
 * @throws {SeedError} when the seed of an empty org is wrong.
 */
export function openOrgCore(options: OpenOrgCoreOptions): OrgCore {
  const { databaseFile, seedFiles, clock, random } = options;
  const stage = options.stage ?? openStage();
  const planned = readGeneration(options);
  const database = OrgDatabase.open(databaseFile);
  try {
    const store = new RecordStore(database);
    const first = { ...planned, shape: assignKeyPrefixes(planned.shape, store) };
    const schemas = schemasOf(first);
    const sqliteBus = new SqliteEventBus({ database, clock, random, newUuid: randomUUID, schemas });
    const bus = new FaultyBus({ ...stage, bus: sqliteBus, database, newUuid: randomUUID });
    const listeners = new Set<(changes: CommittedChanges) => void>();
    const onCommitted = (changes: CommittedChanges): void => {
      for (const listener of listeners) listener(changes);
    };
    const parts = { database, store, bus, clock, newUuid: randomUUID, onCommitted };
    const faultHooks = saveFaults(stage);
    const openPipeline = (
      { metadata, shape, events }: Generation,
      hooks: SaveHooks = faultHooks,
    ): SavePipeline => {
      const flows = orderFlows(metadata.flows);
      const rules = metadata.validationRules;
      return new SavePipeline({ ...parts, hooks, shape, events, flows, rules });
    };
    // Seed records were there before any automation: no flow and no rule judges them, and no fault hits them.
    applySeed(seedFiles, {
      database,
      store,
      schema: first.shape.schema,
      pipeline: openPipeline(
        { ...first, metadata: { ...first.metadata, flows: [], validationRules: [] } },
        noSaveHooks,
      ),
    });
    findOrgId(store, databaseFile);
    let current = first;
    let pipeline = openPipeline(first);
    return {
      get orgId() {
        return findOrgId(store, databaseFile);
      },
      get schema() {
        return current.shape.schema;
      },
      get metadata() {
        return current.metadata;
      },
      bus,
      get: (objectName, id) => store.get(objectName, id),
      all: (objectName) => store.all(objectName),
      create: (actor, objectName, values) => pipeline.create(actor, objectName, values),
      update: (actor, objectName, id, values) => {
        pipeline.update(actor, objectName, id, values);
      },
      delete: (actor, objectName, id) => {
        pipeline.delete(actor, objectName, id);
      },
      saveAll: (actor, rows, { allOrNone }) => pipeline.saveAll(actor, rows, allOrNone),
      inOneTransaction: (work) => pipeline.inOneTransaction(work),
      clone: (actor, objectName, id) => pipeline.clone(actor, objectName, id),
      recycleBin: {
        get: (objectName, id) => store.getDeleted(objectName, id),
        all: (objectName) => store.allDeleted(objectName),
      },
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      publish(actor, eventName, values) {
        const event = current.events.get(eventName);
        if (event === undefined)
          throw new OrgError("INVALID_TYPE", `The org has no platform event ${eventName}.`);
        const prepared = prepareEvent(event, values, clock(), actor.userId);
        faultHooks.beforePublish(eventName);
        const [published] = bus.append(prepared.topic, [{ id: null, ...prepared }]);
        if (published === undefined) throw new Error(`the bus did not take the event ${eventName}`);
        return published.eventId;
      },
      reload() {
        const read = readGeneration(options);
        const next = { ...read, shape: assignKeyPrefixes(read.shape, store) };
        sqliteBus.useSchemas(schemasOf(next));
        current = next;
        pipeline = openPipeline(next);
      },
      close: () => {
        try {
          bus.flush();
        } finally {
          database.close();
        }
      },
    };
  } catch (reason) {
    database.close();
    throw reason;
  }
}

/** @throws {MetadataError} */
function readGeneration({ metadataDirs, onWarning }: OpenOrgCoreOptions): Generation {
  const metadata = loadMetadata(metadataDirs);
  const shape = buildOrgShape(metadata);
  checkMetadata(metadata, shape.schema, onWarning ?? (() => undefined));
  return { metadata, shape, events: buildEventTypes(shape.schema) };
}

function schemasOf({ events }: Generation): readonly BusSchema[] {
  return [...events.values()].map(({ schema }) => schema);
}

function findOrgId(store: RecordStore, databaseFile: string): string {
  const id = store.all("Organization")[0]?.["Id"];
  if (typeof id === "string") return id;
  const detail =
    "It holds records and no Organization. Start with an empty database; a seed file may name the Organization.";
  throw new OrgDatabaseError("no_organization", databaseFile, detail);
}
