import type { EventAllocations } from "./bus/allocation.ts";
import type { ManagedSubscriptions } from "./bus/managed-subscriptions.ts";
import type { OrgMetadata } from "./metadata/org-metadata.ts";
import type { OrgState } from "./state/org-state.ts";

/** The value of one field: date-times are ISO 8601 UTC with milliseconds, dates are `YYYY-MM-DD`. */
export type FieldValue = string | number | boolean | null;

/** One record by API names, `Id` (18 characters) included; an empty text is stored as null, as Salesforce does. */
export type OrgRecord = Readonly<Record<string, FieldValue>>;

export type FieldType =
  | "id"
  | "reference"
  | "string"
  | "textarea"
  | "picklist"
  | "multipicklist"
  | "boolean"
  | "double"
  | "currency"
  | "percent"
  | "int"
  | "date"
  | "datetime"
  | "email"
  | "phone"
  | "url"
  | "address";

export type FieldDefinition = {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly required: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  /** For references: the object pointed at, and the name of the relationship in SOQL (`Account`, `Depends_On__r`). */
  readonly referenceTo: string | null;
  readonly relationshipName: string | null;
  readonly picklistValues: readonly string[];
  readonly defaultValue: FieldValue;
  /** No two records of the object share a value of this field. */
  readonly unique?: boolean;
  /** Upper and lower case make different values where the field is unique. */
  readonly caseSensitive?: boolean;
  /** Records can be found and upserted by this field. */
  readonly externalId?: boolean;
  readonly autoNumber?: AutoNumber;
  /** For references: what becomes of this record when the one it points at is deleted. Default `clear`. */
  readonly onParentDelete?: OnParentDelete;
  /** For references: the name under which the parent lists these records in SOQL, such as `Shipments__r`. */
  readonly childRelationshipName?: string;
};

/** `format` is a display format such as `S-{0000}`; the first record gets `startingNumber`. */
export type AutoNumber = { readonly format: string; readonly startingNumber: number };

/** The lookup is emptied, the deletion is refused, or the record goes too. */
export type OnParentDelete = "clear" | "restrict" | "cascade";

export type ObjectDefinition = {
  readonly name: string;
  readonly label: string;
  readonly pluralLabel?: string;
  /** `001`, `801`, …; null for platform events. */
  readonly keyPrefix: string | null;
  readonly kind: "object" | "event";
  readonly fields: ReadonlyMap<string, FieldDefinition>;
};

/** Everything the org knows about its own shape, from the built-in standard objects and from `salesforce/`. */
export type OrgSchema = { readonly objects: ReadonlyMap<string, ObjectDefinition> };

/** A refusal that an API client sees: `code` is Salesforce's errorCode, such as `REQUIRED_FIELD_MISSING`. */
export class OrgError extends Error {
  override readonly name = "OrgError";
  readonly code: string;
  readonly fields: readonly string[];
  constructor(code: string, message: string, fields: readonly string[] = []) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}

/** Who acts: stamped as CreatedById and LastModifiedById, and on events as CreatedById. */
export type Actor = { readonly userId: string };

/** One event on the bus, in the order of `position`. */
export type BusEvent = {
  /** Strictly rising over the whole bus, with gaps; internal, never shown to clients. */
  readonly position: number;
  /** The opaque id clients see; by default 10 bytes, an 8-byte big-endian number and two zero bytes. */
  readonly replayId: Uint8Array;
  readonly topic: string;
  readonly eventId: string;
  readonly schemaId: string;
  /** Bare Avro binary. */
  readonly payload: Uint8Array;
  readonly publishedAtMs: number;
};

/** `schemaId` is blank for a channel, which carries events of several kinds and cannot be published to. */
export type TopicDefinition = { readonly name: string; readonly schemaId: string };

export type ResolvedPosition =
  { readonly kind: "at"; readonly position: number } | { readonly kind: "corrupted" };

export type EventBus = {
  topic(name: string): TopicDefinition | undefined;
  topics(): readonly TopicDefinition[];
  /** The Avro schema as JSON text, for every schema id the bus ever used. */
  schemaJson(schemaId: string): string | undefined;
  /** Appends in order, in one transaction; an event without an id gets a UUID. */
  append(
    topic: string,
    events: readonly {
      readonly id: string | null;
      readonly schemaId: string;
      readonly payload: Uint8Array;
    }[],
  ): readonly BusEvent[];
  /** Retained events of the topic strictly after `position`, oldest first. */
  read(topic: string, afterPosition: number, limit: number): readonly BusEvent[];
  /** The newest position of the whole bus, as a keepalive tells it. */
  latest(): { readonly position: number; readonly replayId: Uint8Array };
  /** The position before everything that is retained, where EARLIEST starts. */
  earliest(): { readonly position: number; readonly replayId: Uint8Array };
  /** Where a client's CUSTOM id stands; expired, foreign and malformed ids are `corrupted`. */
  resolve(topic: string, replayId: Uint8Array): ResolvedPosition;
  /** Called after the commit of each append, on the same tick or later. Returns how to stop. */
  onAppend(listener: () => void): () => void;
  /** Changes when the bus begins anew: positions of another epoch mean nothing. */
  readonly epoch: number;
  /**
   * Begins anew, as a sandbox refresh does: the events are gone, and numbers start elsewhere, or at `firstPosition`.
   * Listeners of `onAppend` are called.
   */
  restart(firstPosition?: number): void;
};

/** One row of a batch. Creating an event publishes it. */
export type SaveRow =
  | { readonly kind: "create"; readonly objectName: string; readonly values: OrgRecord }
  | {
      readonly kind: "update";
      readonly objectName: string;
      readonly id: string;
      readonly values: OrgRecord;
    }
  | { readonly kind: "delete"; readonly objectName: string; readonly id: string }
  /** Refused before it came to the org, which counts it as a bad row. */
  | { readonly kind: "refused"; readonly error: OrgError };

/** What became of one row; the id of an event is its EventUuid. */
export type SaveRowResult =
  { readonly kind: "saved"; readonly id: string } | { readonly kind: "refused"; readonly error: OrgError };

/** A record before and after a request: `before` is undefined for a new one, `after` for a deleted one. */
export type RecordChange = {
  readonly objectName: string;
  readonly id: string;
  readonly before: OrgRecord | undefined;
  readonly after: OrgRecord | undefined;
};

/** What one request changed: every record once, in the order of their first change, and the events it published. */
export type CommittedChanges = {
  readonly records: readonly RecordChange[];
  readonly eventCount: number;
};

/** The org without its servers: records, flows and bus over one SQLite file. All calls are synchronous and durable. */
export type OrgCore = {
  /** 18 characters, from the Organization record; read it anew each time, because a refreshed sandbox gets another. */
  readonly orgId: string;
  /** As the metadata says it now; read it anew each time, too. */
  readonly schema: OrgSchema;
  readonly metadata: OrgMetadata;
  readonly bus: EventBus;
  /** What may be published in an hour and delivered in a day, and how much of it was used. */
  readonly allocations: EventAllocations;
  readonly managedSubscriptions: ManagedSubscriptions;
  get(objectName: string, id: string): OrgRecord | undefined;
  /** Every record of the object, in creation order. */
  all(objectName: string): Iterable<OrgRecord>;
  /** Runs the whole save pipeline in one transaction. @throws {OrgError} with Salesforce's code; then nothing is saved. */
  create(actor: Actor, objectName: string, values: OrgRecord): string;
  /** As `create`; `values` holds the fields to change only. */
  update(actor: Actor, objectName: string, id: string, values: OrgRecord): void;
  /** Deletes the record and what goes with it: an order's lines, details of their master. @throws {OrgError} */
  delete(actor: Actor, objectName: string, id: string): void;
  /**
   * Saves up to 200 rows in one transaction. With `allOrNone` one bad row undoes all of them; without, each bad row is
   * undone alone. Results come in the order of the rows. Events that do not wait for the commit are out in any case.
   *
   * @throws {OrgError} EXCEEDED_ID_LIMIT for more rows.
   */
  saveAll(
    actor: Actor,
    rows: readonly SaveRow[],
    options: { readonly allOrNone: boolean },
  ): readonly SaveRowResult[];
  /** Runs several calls, which must not be asynchronous, as one request. Whatever `work` throws undoes all of them. */
  inOneTransaction<Result>(work: () => Result): Result;
  /**
   * Makes a new record with everything that can be set on create of the old one. An order starts as a draft again and
   * takes its lines along. Returns the new id. @throws {OrgError} and nothing is made.
   */
  clone(actor: Actor, objectName: string, id: string): string;
  /** Deleted records, with `IsDeleted` true. Order lines leave nothing there. */
  readonly recycleBin: Pick<OrgCore, "get" | "all">;
  /**
   * Called after each request that changed records, when all of it is on disk and on the bus. Listeners must not
   * throw. Returns how to stop.
   */
  onChange(listener: (changes: CommittedChanges) => void): () => void;
  /** Publishes a platform event as REST does (required fields enforced). Returns its id (EventUuid). */
  publish(actor: Actor, eventName: string, values: OrgRecord): string;
  /**
   * Reads the metadata folders again. Events that are retained keep their old schemas.
   *
   * @throws {MetadataError} and everything stays as it was.
   */
  reload(): void;
  /** The org as a whole: copies of it, and what makes it another org. */
  readonly state: OrgState;
  close(): void;
};
