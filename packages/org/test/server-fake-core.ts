import avsc from "avsc";
import { openAllocations } from "../src/bus/allocation.ts";
import { ManagedSubscriptions } from "../src/bus/managed-subscriptions.ts";
import { OrgError } from "../src/org-core.ts";
import { OrgDatabase } from "../src/records/org-database.ts";
import type {
  BusEvent,
  CommittedChanges,
  FieldDefinition,
  FieldType,
  ObjectDefinition,
  OrgCore,
  OrgRecord,
} from "../src/org-core.ts";

type FieldShape = readonly [
  name: string,
  type: FieldType,
  lookup?: readonly [target: string, relationship: string],
];

export const fakeTopic = "/event/Ping__e";
export const fakeSchemaId = "ping-schema";
export const fakeSchemaJson = JSON.stringify({
  type: "record",
  name: "Ping__e",
  namespace: "com.sforce.eventbus",
  fields: [
    { name: "CreatedDate", type: "long" },
    { name: "CreatedById", type: "string" },
    { name: "Text__c", type: ["null", "string"], default: null },
  ],
});
export const operatorId = "005000000000001AAA";
const pingType = avsc.Type.forSchema(JSON.parse(fakeSchemaJson), { wrapUnions: "never" });

/** The bytes of one event of the fake topic. */
export function pingPayload(text: string | null): Uint8Array {
  return pingType.toBuffer({ CreatedDate: 1_700_000_000_000, CreatedById: operatorId, Text__c: text });
}

/** A small org in memory, for servers that need an org and not its behaviour. */
export function fakeCore(rows: Readonly<Record<string, readonly OrgRecord[]>> = {}): OrgCore & {
  /** Appends an event of the fake topic. */
  ping(text: string): BusEvent;
  /** Moves the bus on, as traffic on another topic does. */
  moveOn(): void;
} {
  const objects = new Map([
    object("Account", "001", [["Name", "string"]]),
    object("Product2", "01t", [["ProductCode", "string"]]),
    object("PricebookEntry", "01u", [["Product2Id", "reference", ["Product2", "Product2"]]]),
    object("User", "005", [
      ["Username", "email"],
      ["IsActive", "boolean"],
    ]),
    object("Order", "801", [
      ["OrderNumber", "string"],
      ["AccountId", "reference", ["Account", "Account"]],
      ["Status", "picklist"],
      ["TotalAmount", "currency"],
      ["EffectiveDate", "date"],
      ["Approved_At__c", "datetime"],
      ["Is_Urgent__c", "boolean"],
    ]),
    object("OrderItem", "802", [
      ["OrderId", "reference", ["Order", "Order"]],
      ["PricebookEntryId", "reference", ["PricebookEntry", "PricebookEntry"]],
      ["Quantity", "double"],
    ]),
  ]);
  const tables = new Map<string, Map<string, OrgRecord>>();
  for (const [name, records] of Object.entries(rows)) {
    tables.set(name, new Map(records.map((record) => [String(record["Id"]), record])));
  }
  const bin = new Map<string, Map<string, OrgRecord>>();
  const changeListeners = new Set<(changes: CommittedChanges) => void>();
  const put = (objectName: string, id: string, after: OrgRecord | undefined): void => {
    const table = tables.get(objectName) ?? new Map<string, OrgRecord>();
    tables.set(objectName, table);
    const before = table.get(id);
    if (after === undefined) table.delete(id);
    else table.set(id, after);
    const changes = { records: [{ objectName, id, before, after }], eventCount: 0 };
    for (const listener of changeListeners) listener(changes);
  };
  const database = OrgDatabase.open(":memory:");
  const events: BusEvent[] = [];
  const listeners = new Set<() => void>();
  let position = 100;
  const next = (): number => {
    position += 3;
    return position;
  };
  const append: OrgCore["bus"]["append"] = (topic, added) => {
    const appended = added.map(({ id, schemaId, payload }): BusEvent => {
      const at = next();
      const eventId = id ?? `event-${at}`;
      return { position: at, replayId: replayIdOf(at), topic, eventId, schemaId, payload, publishedAtMs: at };
    });
    events.push(...appended);
    for (const listener of listeners) listener();
    return appended;
  };
  const create: OrgCore["create"] = (_actor, objectName, values) => {
    const id = `${objects.get(objectName)?.keyPrefix ?? "000"}000000000${String(next()).padStart(3, "0")}AAA`;
    put(objectName, id, { ...values, Id: id });
    return id;
  };
  const update: OrgCore["update"] = (_actor, objectName, id, values) => {
    if (values["Status"] === "Nonsense") {
      throw new OrgError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for Status: Nonsense", [
        "Status",
      ]);
    }
    put(objectName, id, { ...tables.get(objectName)?.get(id), ...values });
  };
  const remove: OrgCore["delete"] = (_actor, objectName, id) => {
    const record = tables.get(objectName)?.get(id);
    if (record === undefined) throw new OrgError("ENTITY_IS_DELETED", `There is no ${objectName} ${id}.`);
    bin.set(objectName, new Map(bin.get(objectName)).set(id, { ...record, IsDeleted: true }));
    put(objectName, id, undefined);
  };
  return {
    orgId: "00D000000000001EAA",
    schema: { objects },
    metadata: {
      events: [],
      objects: [],
      fields: [],
      validationRules: [],
      valueSets: [],
      globalValueSets: [],
      flows: [],
      permissionSets: [],
      flowTests: [],
      channels: [],
      channelMembers: [],
      managedSubscriptions: [],
    },
    allocations: openAllocations(database, () => Date.now(), "enterprise", {}),
    managedSubscriptions: new ManagedSubscriptions(database, () => Date.now(), 0),
    bus: {
      topic: (name) => (name === fakeTopic ? { name, schemaId: fakeSchemaId } : undefined),
      topics: () => [{ name: fakeTopic, schemaId: fakeSchemaId }],
      schemaJson: (schemaId) => (schemaId === fakeSchemaId ? fakeSchemaJson : undefined),
      append,
      read: (topic, after, limit) =>
        events.filter((event) => event.topic === topic && event.position > after).slice(0, limit),
      latest: () => ({ position, replayId: replayIdOf(position) }),
      earliest: () => ({ position: -1, replayId: replayIdOf(0) }),
      resolve: (_topic, replayId) => {
        const at = replayId.length === 10 ? Number(Buffer.from(replayId).readBigUInt64BE()) : -1;
        return at >= 0 && at <= position ? { kind: "at", position: at } : { kind: "corrupted" };
      },
      onAppend(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      epoch: 0,
      restart: () => undefined,
    },
    get: (objectName, id) => tables.get(objectName)?.get(id),
    all: (objectName) => tables.get(objectName)?.values() ?? [],
    create,
    update,
    delete: remove,
    saveAll(actor, rows) {
      return rows.map((row) => {
        try {
          switch (row.kind) {
            case "create":
              return { kind: "saved", id: create(actor, row.objectName, row.values) };
            case "update":
              update(actor, row.objectName, row.id, row.values);
              return { kind: "saved", id: row.id };
            case "delete":
              remove(actor, row.objectName, row.id);
              return { kind: "saved", id: row.id };
            case "refused":
              throw row.error;
          }
        } catch (reason) {
          if (!(reason instanceof OrgError)) throw reason;
          return { kind: "refused", error: reason };
        }
      });
    },
    inOneTransaction: (work) => work(),
    clone: (actor, objectName, id) => create(actor, objectName, tables.get(objectName)?.get(id) ?? {}),
    recycleBin: {
      get: (objectName, id) => bin.get(objectName)?.get(id),
      all: (objectName) => bin.get(objectName)?.values() ?? [],
    },
    onChange(listener) {
      changeListeners.add(listener);
      return () => changeListeners.delete(listener);
    },
    publish: () => "published",
    reload: () => undefined,
    state: {
      copyTo: () => undefined,
      restoreFrom: () => undefined,
      reset: () => undefined,
      resetStream: () => undefined,
      refreshSandbox: () => "00D000000000001EAA",
      remember: () => undefined,
      recall: () => undefined,
      onChange: () => () => undefined,
    },
    close: () => undefined,
    ping: (text) => {
      const [event] = append(fakeTopic, [{ id: null, schemaId: fakeSchemaId, payload: pingPayload(text) }]);
      if (event === undefined) throw new Error("the fake bus took no event");
      return event;
    },
    moveOn: () => {
      next();
      for (const listener of listeners) listener();
    },
  };
}

function replayIdOf(position: number): Uint8Array {
  const bytes = Buffer.alloc(10);
  bytes.writeBigUInt64BE(BigInt(position));
  return bytes;
}

function object(
  name: string,
  keyPrefix: string,
  shapes: readonly FieldShape[],
): readonly [string, ObjectDefinition] {
  const fields = ([["Id", "id"], ...shapes] as readonly FieldShape[]).map(field);
  return [name, { name, label: name, keyPrefix, kind: "object", fields: new Map(fields) }];
}

function field([name, type, lookup]: FieldShape): readonly [string, FieldDefinition] {
  return [
    name,
    {
      name,
      label: name,
      type,
      length: type === "string" ? 80 : null,
      precision: null,
      scale: null,
      required: false,
      createable: name !== "Id",
      updateable: name !== "Id" && name !== "OrderNumber",
      referenceTo: lookup?.[0] ?? null,
      relationshipName: lookup?.[1] ?? null,
      picklistValues: [],
      defaultValue: null,
    },
  ];
}
