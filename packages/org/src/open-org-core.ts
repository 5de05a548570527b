import { randomUUID } from "node:crypto";
import { openAllocations } from "./bus/allocation.ts";
import type { BusChannel } from "./bus/channel-filter.ts";
import { ManagedSubscriptions } from "./bus/managed-subscriptions.ts";
import { buildEventTypes, prepareEvent, requireAllowance } from "./bus/publish-event.ts";
import type { EventType } from "./bus/publish-event.ts";
import { SqliteEventBus } from "./bus/sqlite-event-bus.ts";
import type { BusSchema } from "./bus/sqlite-event-bus.ts";
import type { Clock, Random } from "./clock.ts";
import { FaultyBus } from "./faults/faulty-bus.ts";
import { saveFaults } from "./faults/save-faults.ts";
import { checkMetadata } from "./metadata/check-metadata.ts";
import type { FlowRun } from "./flow/run-flow.ts";
import { loadMetadata } from "./metadata/load-metadata.ts";
import type { OrgMetadata } from "./metadata/org-metadata.ts";
import { OrgError } from "./org-core.ts";
import type { CommittedChanges, OrgCore, OrgRecord } from "./org-core.ts";
import { openStage } from "./org-stage.ts";
import type { OrgStage } from "./org-stage.ts";
import { assignKeyPrefixes } from "./records/custom-objects.ts";
import { OrgDatabase, OrgDatabaseError } from "./records/org-database.ts";
import { buildOrgShape } from "./records/org-shape.ts";
import type { OrgShape } from "./records/org-shape.ts";
import { defaultKnobs } from "./pubsub-knobs.ts";
import type { PubSubKnobs } from "./pubsub-knobs.ts";
import { RecordStore } from "./records/record-store.ts";
import { noSaveHooks } from "./records/save-hooks.ts";
import type { SaveHooks } from "./records/save-hooks.ts";
import { SavePipeline } from "./records/save-pipeline.ts";
import { orderFlows } from "./flow/order-flows.ts";
import { applySeed } from "./seed/apply-seed.ts";
import { deployPermissionSets } from "./sharing/deploy-permission-sets.ts";
import { openOrgState } from "./state/org-state.ts";

export type OpenOrgCoreOptions = {
  /** SFDX source folders, applied in order. */
  readonly metadataDirs: readonly string[];
  /** Made when it is missing; `:memory:` keeps nothing. */
  readonly databaseFile: string;
  /** Records for an empty database, in order. The demo's Organization and its User come first where these have none. */
  readonly seedFiles: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** What is uncertain about the event bus. */
  readonly pubsub?: Partial<PubSubKnobs>;
  /** Where what goes wrong is armed, and what happens is written down. Default: nothing is armed. */
  readonly stage?: OrgStage;
  /** Called with what is legal in the metadata and hardly meant. */
  readonly onWarning?: (text: string) => void;
  /** Records made after those of the seed files, like them without any automation. */
  readonly records?: readonly { readonly object: string; readonly values: OrgRecord }[];
  /** Called after each run of a flow, also one that failed. */
  readonly onFlowRun?: (run: FlowRun) => void;
};

/** Metadata that was read and checked, and what follows from it; several orgs can be opened with it. */
export type LoadedMetadata = {
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
  return openLoadedOrg(loadOrgMetadata(options), options);
}

/** As `openOrgCore`, with metadata that was read before. @throws {OrgError} when one of `records` is refused. */
export function openLoadedOrg(loaded: LoadedMetadata, options: OpenOrgCoreOptions): OrgCore {
  const { databaseFile, seedFiles, clock, random } = options;
  let planned = loaded;
  const stage = options.stage ?? openStage();
  const knobs = { ...defaultKnobs, ...options.pubsub };
  const onFlowRun = options.onFlowRun ?? (() => undefined);
  const database = OrgDatabase.open(databaseFile);
  try {
    const store = new RecordStore(database);
    const complete = (): LoadedMetadata => ({ ...planned, shape: assignKeyPrefixes(planned.shape, store) });
    let current = complete();
    const allocations = openAllocations(database, clock, knobs.edition, knobs.allocations);
    const managedSubscriptions = new ManagedSubscriptions(database, clock, knobs.managedPropagationMs);
    const sqliteBus = new SqliteEventBus({
      database,
      clock,
      random,
      newUuid: randomUUID,
      schemas: schemasOf(current),
      channels: channelsOf(current),
      knobs,
      publishes: allocations.publishes,
    });
    const bus = new FaultyBus({ ...stage, bus: sqliteBus, database, newUuid: randomUUID });
    const deploy = (): void => {
      const [firstUser] = store.all("User");
      if (firstUser !== undefined) deployPermissions(String(firstUser["Id"]));
      sqliteBus.useTopics(schemasOf(current), channelsOf(current));
      managedSubscriptions.deploy(current.metadata.managedSubscriptions.map(({ config }) => config));
    };
    const listeners = new Set<(changes: CommittedChanges) => void>();
    const onCommitted = (changes: CommittedChanges): void => {
      for (const listener of listeners) listener(changes);
    };
    const allowance = allocations.publishes;
    const parts = { database, store, bus, allowance, clock, newUuid: randomUUID, onCommitted };
    const faultHooks = saveFaults(stage);
    const openPipeline = (
      { metadata, shape, events }: LoadedMetadata,
      hooks: SaveHooks = faultHooks,
    ): SavePipeline => {
      const flows = orderFlows(metadata.flows);
      const rules = metadata.validationRules;
      return new SavePipeline({ ...parts, hooks, shape, events, flows, rules, onFlowRun });
    };
    const deployPermissions = (userId: string): void => {
      const { metadata, shape } = current;
      const nowIso = new Date(clock()).toISOString();
      deployPermissionSets(metadata.permissionSets, {
        database,
        store,
        schema: shape.schema,
        userId,
        nowIso,
      });
    };
    // Seed records were there before any automation: no flow and no rule judges them, and no fault hits them.
    const fill = (): void => {
      const quiet = openPipeline(
        { ...current, metadata: { ...current.metadata, flows: [], validationRules: [] } },
        noSaveHooks,
      );
      const { schema } = current.shape;
      applySeed(seedFiles, { database, store, schema, pipeline: quiet, deployPermissions });
      const seeder = { userId: String(store.all("User")[0]?.["Id"]) };
      for (const { object, values } of options.records ?? []) quiet.create(seeder, object, values, "org");
    };
    let pipeline = openPipeline(current);
    fill();
    findOrgId(store, databaseFile);
    deploy();
    bus.reload();
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
        requireAllowance(allowance, 0);
        const [published] = bus.append(prepared.topic, [{ id: null, ...prepared }]);
        if (published === undefined) throw new Error(`the bus did not take the event ${eventName}`);
        return published.eventId;
      },
      reload() {
        planned = loadOrgMetadata(options);
        current = complete();
        deploy();
        pipeline = openPipeline(current);
      },
      state: openOrgState({
        database,
        store,
        bus,
        readers: [store, sqliteBus, allocations.publishes, allocations.deliveries, bus],
        fill: () => {
          // The key prefixes that were remembered are gone with all other numbers.
          current = complete();
          deploy();
          pipeline = openPipeline(current);
          fill();
        },
      }),
      close: () => {
        try {
          bus.flush();
          allocations.deliveries.flush();
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

/** @throws {MetadataError} for metadata that is not understood, with file and element. */
export function loadOrgMetadata({
  metadataDirs,
  onWarning,
  pubsub,
}: Pick<OpenOrgCoreOptions, "metadataDirs" | "onWarning" | "pubsub">): LoadedMetadata {
  const metadata = loadMetadata(metadataDirs);
  const shape = buildOrgShape(metadata);
  checkMetadata(metadata, shape.schema, onWarning ?? (() => undefined));
  return { metadata, shape, events: buildEventTypes(shape.schema, { ...defaultKnobs, ...pubsub }) };
}

function schemasOf({ events }: LoadedMetadata): readonly BusSchema[] {
  return [...events.values()].map(({ schema }) => schema);
}

/** The topic of a channel is `/event/` and its name, as that of an event. */
function channelsOf({ metadata }: LoadedMetadata): readonly BusChannel[] {
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
    "It holds records and no Organization. Start with an empty database; a seed file may name the Organization.";
  throw new OrgDatabaseError("no_organization", databaseFile, detail);
}
