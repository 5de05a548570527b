import { randomUUID } from "node:crypto";
import { buildEventTypes, prepareEvent } from "./bus/publish-event.ts";
import { SqliteEventBus } from "./bus/sqlite-event-bus.ts";
import type { Clock, Random } from "./clock.ts";
import { checkMetadata } from "./metadata/check-metadata.ts";
import { loadMetadata } from "./metadata/load-metadata.ts";
import { OrgError } from "./org-core.ts";
import type { OrgCore } from "./org-core.ts";
import type { FlowRun } from "./flow/run-flow.ts";
import type { OrgMetadata } from "./metadata/org-metadata.ts";
import type { SeedRecord } from "./seed/read-seed.ts";
import type { OrgShape } from "./records/org-shape.ts";
import { OrgDatabase, OrgDatabaseError } from "./records/org-database.ts";
import { buildOrgShape } from "./records/org-shape.ts";
import { RecordStore } from "./records/record-store.ts";
import { SavePipeline } from "./records/save-pipeline.ts";
import { orderFlows } from "./flow/order-flows.ts";
import { applySeed } from "./seed/apply-seed.ts";

export type OpenOrgCoreOptions = {
  /** SFDX source folders, applied in order. */
  readonly metadataDirs: readonly string[];
  /** Made when it is missing; `:memory:` keeps nothing. */
  readonly databaseFile: string;
  /** Records for an empty database, in order. One must be an Organization. */
  readonly seedFiles: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** Called with what is legal in the metadata and hardly meant. */
  readonly onWarning?: (text: string) => void;
  /** Records made after those of the seed files, like them without any automation. */
  readonly records?: readonly SeedRecord[];
  /** Called after each run of a flow, also one that failed. */
  readonly onFlowRun?: (run: FlowRun) => void;
};

/** Metadata that was read and checked; several orgs can be opened with it. */
export type LoadedMetadata = { readonly metadata: OrgMetadata; readonly shape: OrgShape };

/**
 * Opens an org: its metadata as it is now, its records and its bus as they were left.
 *
 * @throws {MetadataError} for metadata that is not understood, with file and element.
 * @throws {OrgDatabaseError} when the database file cannot be used.
 * @throws {SeedError} when the seed of an empty org is wrong.
 */
export function openOrgCore(options: OpenOrgCoreOptions): OrgCore {
  return openLoadedOrg(loadOrgMetadata(options.metadataDirs, options.onWarning), options);
}

/** @throws {MetadataError} for metadata that is not understood, with file and element. */
export function loadOrgMetadata(
  metadataDirs: readonly string[],
  onWarning: (text: string) => void = () => undefined,
): LoadedMetadata {
  const metadata = loadMetadata(metadataDirs);
  const shape = buildOrgShape(metadata);
  checkMetadata(metadata, shape.schema, onWarning);
  return { metadata, shape };
}

/** As `openOrgCore`. @throws {OrgError} when one of `records` is refused. */
export function openLoadedOrg(
  { metadata, shape }: LoadedMetadata,
  options: Omit<OpenOrgCoreOptions, "metadataDirs" | "onWarning">,
): OrgCore {
  const { databaseFile, seedFiles, clock, random } = options;
  const events = buildEventTypes(shape.schema);
  const database = OrgDatabase.open(databaseFile);
  try {
    const store = new RecordStore(database);
    const schemas = [...events.values()].map(({ schema }) => schema);
    const bus = new SqliteEventBus({ database, clock, random, newUuid: randomUUID, schemas });
    const parts = { database, store, bus, shape, events, clock };
    // Seed records were there before any automation: no flow and no rule judges them.
    const quiet = new SavePipeline({ ...parts, flows: [], rules: [] });
    applySeed(seedFiles, { database, store, pipeline: quiet });
    const seeder = { userId: String(store.all("User")[0]?.["Id"]) };
    for (const { object, values } of options.records ?? []) quiet.create(seeder, object, values, "org");
    const flows = orderFlows(metadata.flows);
    const rules = metadata.validationRules;
    const onFlowRun = options.onFlowRun ?? (() => undefined);
    const pipeline = new SavePipeline({ ...parts, flows, rules, onFlowRun });
    return {
      orgId: findOrgId(store, databaseFile),
      schema: shape.schema,
      bus,
      get: (objectName, id) => store.get(objectName, id),
      all: (objectName) => store.all(objectName),
      create: (actor, objectName, values) => pipeline.create(actor, objectName, values),
      update: (actor, objectName, id, values) => {
        pipeline.update(actor, objectName, id, values);
      },
      publish(actor, eventName, values) {
        const event = events.get(eventName);
        if (event === undefined)
          throw new OrgError("INVALID_TYPE", `The org has no platform event ${eventName}.`);
        const prepared = prepareEvent(event, values, clock(), actor.userId);
        const [published] = bus.append(prepared.topic, [{ id: null, ...prepared }]);
        if (published === undefined) throw new Error(`the bus did not take the event ${eventName}`);
        return published.eventId;
      },
      close: () => {
        database.close();
      },
    };
  } catch (reason) {
    database.close();
    throw reason;
  }
}

function findOrgId(store: RecordStore, databaseFile: string): string {
  const id = store.all("Organization")[0]?.["Id"];
  if (typeof id === "string") return id;
  const detail =
    "It holds no Organization record. Name a seed file that makes one, and start with an empty database.";
  throw new OrgDatabaseError("no_organization", databaseFile, detail);
}
