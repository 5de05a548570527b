import { randomUUID } from "node:crypto";
import { openAllocations } from "./bus/allocation.ts";
import type { BusChannel } from "./bus/channel-filter.ts";
import { ManagedSubscriptions } from "./bus/managed-subscriptions.ts";
import { buildEventTypes, prepareEvent, requireAllowance } from "./bus/publish-event.ts";
import type { EventType } from "./bus/publish-event.ts";
import { SqliteEventBus } from "./bus/sqlite-event-bus.ts";
import type { BusSchema } from "./bus/sqlite-event-bus.ts";
import type { Clock, Random } from "./clock.ts";
import { checkMetadata } from "./metadata/check-metadata.ts";
import { loadMetadata } from "./metadata/load-metadata.ts";
import type { OrgMetadata } from "./metadata/org-metadata.ts";
import { OrgError } from "./org-core.ts";
import type { OrgCore } from "./org-core.ts";
import { OrgDatabase, OrgDatabaseError } from "./records/org-database.ts";
import { buildOrgShape } from "./records/org-shape.ts";
import type { OrgShape } from "./records/org-shape.ts";
import { defaultKnobs } from "./pubsub-knobs.ts";
import type { PubSubKnobs } from "./pubsub-knobs.ts";
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
  /** What is uncertain about the event bus. */
  readonly pubsub?: Partial<PubSubKnobs>;
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
  const knobs = { ...defaultKnobs, ...options.pubsub };
  const first = readGeneration(options);
  const database = OrgDatabase.open(databaseFile);
  try {
    const store = new RecordStore(database);
    const allocations = openAllocations(database, clock, knobs.edition, knobs.allocations);
    const allowance = allocations.publishes;
    const managedSubscriptions = new ManagedSubscriptions(database, clock, knobs.managedPropagationMs);
    const bus = new SqliteEventBus({
      database,
      clock,
      random,
      newUuid: randomUUID,
      schemas: schemasOf(first),
      channels: channelsOf(first),
      knobs,
      publishes: allocations.publishes,
    });
    const deployManaged = ({ metadata }: Generation): void => {
      managedSubscriptions.deploy(metadata.managedSubscriptions.map(({ config }) => config));
    };
    const openPipeline = ({ metadata, shape, events }: Generation): SavePipeline => {
      const flows = orderFlows(metadata.flows);
      const rules = metadata.validationRules;
      return new SavePipeline({ database, store, bus, allowance, shape, events, clock, flows, rules });
    };
    // Seed records were there before any automation: no flow and no rule judges them.
    applySeed(seedFiles, {
      database,
      store,
      pipeline: openPipeline({
        ...first,
        metadata: { ...first.metadata, flows: [], validationRules: [] },
      }),
    });
    findOrgId(store, databaseFile);
    deployManaged(first);
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
      allocations,
      managedSubscriptions,
      get: (objectName, id) => store.get(objectName, id),
      all: (objectName) => store.all(objectName),
      create: (actor, objectName, values) => pipeline.create(actor, objectName, values),
      update: (actor, objectName, id, values) => {
        pipeline.update(actor, objectName, id, values);
      },
      publish(actor, eventName, values) {
        const event = current.events.get(eventName);
        if (event === undefined)
          throw new OrgError("INVALID_TYPE", `The org has no platform event ${eventName}.`);
        const prepared = prepareEvent(event, values, clock(), actor.userId);
        requireAllowance(allowance, 0);
        const [published] = bus.append(prepared.topic, [{ id: null, ...prepared }]);
        if (published === undefined) throw new Error(`the bus did not take the event ${eventName}`);
        return published.eventId;
      },
      reload() {
        const next = readGeneration(options);
        bus.useTopics(schemasOf(next), channelsOf(next));
        deployManaged(next);
        current = next;
        pipeline = openPipeline(next);
      },
      close: () => {
        allocations.deliveries.flush();
        database.close();
      },
    };
  } catch (reason) {
    database.close();
    throw reason;
  }
}

/** @throws {MetadataError} */
function readGeneration({ metadataDirs, onWarning, pubsub }: OpenOrgCoreOptions): Generation {
  const metadata = loadMetadata(metadataDirs);
  const shape = buildOrgShape(metadata);
  checkMetadata(metadata, shape.schema, onWarning ?? (() => undefined));
  return { metadata, shape, events: buildEventTypes(shape.schema, { ...defaultKnobs, ...pubsub }) };
}

function schemasOf({ events }: Generation): readonly BusSchema[] {
  return [...events.values()].map(({ schema }) => schema);
}

/** The topic of a channel is `/event/` and its name, as that of an event. */
function channelsOf({ metadata }: Generation): readonly BusChannel[] {
  return metadata.channels.map(({ name }) => ({
    topic: `/event/${name}`,
    members: metadata.channelMembers
      .filter(({ channelName }) => channelName === name)
      .map(({ eventName, filter }) => ({ topic: `/event/${eventName}`, filter: filter?.expression ?? null })),
  }));
}

function findOrgId(store: RecordStore, databaseFile: string): string {
  const id = store.all("Organization")[0]?.["Id"];
  if (typeof id === "string") return id;
  const detail =
    "It holds no Organization record. Name a seed file that makes one, and start with an empty database.";
  throw new OrgDatabaseError("no_organization", databaseFile, detail);
}
