import { prepareEvent, requireAllowance } from "../bus/publish-event.ts";
import type { EventType, PublishAllowance } from "../bus/publish-event.ts";
import type { Clock } from "../clock.ts";
import type { Flow, FlowTiming } from "../flow/flow.ts";
import type { FlowActions } from "../flow/flow-actions.ts";
import type { SaveView } from "../flow/flow-scope.ts";
import type { FlowRun } from "../flow/run-flow.ts";
import { runTriggeredFlows } from "../flow/run-triggered-flows.ts";
import { makeRecordId } from "../ids.ts";
import type { ValidationRule } from "../metadata/org-metadata.ts";
import { OrgError } from "../org-core.ts";
import type {
  Actor,
  CommittedChanges,
  EventBus,
  FieldValue,
  ObjectDefinition,
  OrgRecord,
  SaveRow,
  SaveRowResult,
} from "../org-core.ts";
import { nextAutoNumbers } from "./auto-number.ts";
import { cloneValues } from "./clone-values.ts";
import { deleteWithDependents } from "./delete-record.ts";
import { deriveFields, lineSources } from "./derive-fields.ts";
import { checkLine, checkOrder, totalOf } from "./order-rules.ts";
import type { OrgDatabase } from "./org-database.ts";
import type { OrgShape } from "./org-shape.ts";
import { findRecords } from "./find-records.ts";
import { checkInput, checkRecord, withDefaults } from "./record-input.ts";
import type { WriteOrigin } from "./record-input.ts";
import type { RecordStore } from "./record-store.ts";
import { SaveTransaction } from "./save-transaction.ts";
import { StagedEvents } from "./staged-events.ts";
import { checkUniqueValues } from "./unique-values.ts";
import { applyValidationRules } from "./validation-rules.ts";

/** The platform takes so many rows in one call. */
const maxRows = 200;

export type SaveOptions = {
  readonly database: OrgDatabase;
  readonly store: RecordStore;
  readonly bus: EventBus;
  readonly allowance: PublishAllowance;
  readonly shape: OrgShape;
  readonly events: ReadonlyMap<string, EventType>;
  /** Active flows in the order in which they run. */
  readonly flows: readonly Flow[];
  readonly rules: readonly ValidationRule[];
  readonly clock: Clock;
  readonly newUuid: () => string;
  readonly onCommitted: (changes: CommittedChanges) => void;
  /** Called after each run of a flow, also one that failed. */
  readonly onFlowRun: (run: FlowRun) => void;
};

/** One save of one record, on its way through the pipeline. */
type Save = {
  readonly object: ObjectDefinition;
  readonly actor: Actor;
  readonly input: OrgRecord;
  readonly prior: OrgRecord | undefined;
  readonly nowMs: number;
};

/**
 * Saves records as the platform does: old record, checks, before-save flows, checks again and validation rules, write,
 * after-save flows, roll-up to the order, commit. Events that must wait for the commit reach the bus in the same
 * transaction, so that a refused save publishes nothing.
 */
export class SavePipeline {
  readonly #options: SaveOptions;
  readonly #staged: StagedEvents;
  readonly #transaction: SaveTransaction;

  constructor(options: SaveOptions) {
    this.#options = options;
    this.#staged = new StagedEvents(options.bus, options.shape.publishBehaviors);
    this.#transaction = new SaveTransaction({ ...options, staged: this.#staged });
  }

  /** @throws {OrgError} and nothing is saved. */
  create(actor: Actor, objectName: string, values: OrgRecord, origin: WriteOrigin = "client"): string {
    const object = this.#findObject(objectName);
    return this.#transaction.save((nowMs) => {
      const input = checkInput(object, values, "create", origin);
      const given = input["Id"];
      const id = typeof given === "string" ? given : this.#makeId(object);
      if (this.#options.store.get(objectName, id) !== undefined) {
        throw new OrgError("DUPLICATE_VALUE", `There is a ${objectName} with the id ${id} already.`, ["Id"]);
      }
      const nowIso = new Date(nowMs).toISOString();
      const made: Record<string, FieldValue> = { Id: id, CreatedDate: nowIso, CreatedById: actor.userId };
      if (object.fields.has("OwnerId")) made["OwnerId"] = input["OwnerId"] ?? actor.userId;
      // A name that is left out is the id, as on the platform.
      if (objectName.endsWith("__c")) made["Name"] = input["Name"] ?? id;
      Object.assign(made, nextAutoNumbers(object, input, this.#options.store, nowIso));
      this.#save(
        { object, actor, input, prior: undefined, nowMs },
        withDefaults(object, { ...input, ...made }),
      );
      return id;
    });
  }

  /** @throws {OrgError} and nothing is saved. */
  update(
    actor: Actor,
    objectName: string,
    id: string,
    values: OrgRecord,
    origin: WriteOrigin = "client",
  ): void {
    const object = this.#findObject(objectName);
    this.#transaction.save((nowMs) => {
      const prior = this.#findRecord(objectName, id);
      const input = checkInput(object, values, "update", origin);
      // A field that the metadata got since the record was written has no value in it yet.
      const complete = { ...withDefaults(object, {}), ...prior };
      this.#save({ object, actor, input, prior: complete, nowMs }, { ...complete, ...input });
    });
  }

  /** @throws {OrgError} and nothing is deleted. */
  delete(actor: Actor, objectName: string, id: string): void {
    const object = this.#findObject(objectName);
    this.#transaction.save((nowMs) => {
      const record = this.#findRecord(objectName, id);
      const { store, shape } = this.#options;
      const nowIso = new Date(nowMs).toISOString();
      deleteWithDependents({ store, schema: shape.schema, userId: actor.userId, nowIso }, object, record);
      if (objectName === "OrderItem") this.#rollUp(actor, String(record["OrderId"]));
    });
  }

  /** @throws {OrgError} EXCEEDED_ID_LIMIT; what is wrong with a row is told in its result. */
  saveAll(actor: Actor, rows: readonly SaveRow[], allOrNone: boolean): readonly SaveRowResult[] {
    if (rows.length > maxRows) {
      const message = `record limit reached: send at most ${maxRows} records in a call`;
      throw new OrgError("EXCEEDED_ID_LIMIT", message);
    }
    return this.#transaction.batch(rows, allOrNone, (row) => this.#saveRow(actor, row));
  }

  /** Whatever `work` throws undoes all that it did. */
  inOneTransaction<Result>(work: () => Result): Result {
    return this.#transaction.request(work);
  }

  /** @throws {OrgError} and nothing is made. */
  clone(actor: Actor, objectName: string, id: string): string {
    const object = this.#findObject(objectName);
    return this.#transaction.request(() => {
      const codes = this.#options.shape.orderStatusCodes;
      const cloneId = this.create(
        actor,
        objectName,
        cloneValues(object, this.#findRecord(objectName, id), codes),
      );
      const lines = objectName === "Order" ? this.#options.store.linesOf(id) : [];
      for (const line of lines) {
        const values = cloneValues(this.#findObject("OrderItem"), line, codes);
        this.create(actor, "OrderItem", { ...values, OrderId: cloneId });
      }
      return cloneId;
    });
  }

  #saveRow(actor: Actor, row: SaveRow): string {
    switch (row.kind) {
      case "create":
        if (this.#options.events.has(row.objectName)) return this.#publish(actor, row.objectName, row.values);
        return this.create(actor, row.objectName, row.values);
      case "update":
        this.update(actor, row.objectName, row.id, row.values);
        return row.id;
      case "delete":
        this.delete(actor, row.objectName, row.id);
        return row.id;
      case "refused":
        throw row.error;
    }
  }

  #publish(actor: Actor, eventName: string, values: OrgRecord): string {
    const { clock, newUuid } = this.#options;
    const prepared = prepareEvent(this.#findEvent(eventName), values, clock(), actor.userId);
    requireAllowance(this.#options.allowance, this.#staged.size);
    const id = newUuid();
    this.#staged.add(eventName, prepared, undefined, id);
    return id;
  }

  #save(save: Save, candidate: OrgRecord): void {
    const { object, actor, prior, nowMs } = save;
    const { store } = this.#options;
    const nowIso = new Date(nowMs).toISOString();
    const derive = (record: OrgRecord): OrgRecord =>
      deriveFields(object.name, record, prior, {
        store,
        orderStatusCodes: this.#options.shape.orderStatusCodes,
        nowIso,
        userId: actor.userId,
      });
    const stamped = {
      ...candidate,
      LastModifiedDate: nowIso,
      LastModifiedById: actor.userId,
      SystemModstamp: nowIso,
    };
    const flowed = this.#runFlows("RecordBeforeSave", this.#viewOf(save, derive(stamped)));
    const record = checkRecord(object, derive(flowed), prior, store);
    const view = this.#viewOf(save, record);
    this.#checkLifeCycle(save, record);
    applyValidationRules(this.#options.rules, view);
    checkUniqueValues(object, record, prior, store);
    if (prior === undefined) store.insert(object.name, record);
    else store.update(object.name, record);
    this.#runFlows("RecordAfterSave", view);
    if (object.name === "OrderItem") this.#rollUp(actor, String(record["OrderId"]));
  }

  #checkLifeCycle(save: Save, record: OrgRecord): void {
    const { store } = this.#options;
    if (save.object.name === "Order") {
      const id = String(record["Id"]);
      checkOrder({
        record,
        prior: save.prior,
        input: save.input,
        lineCount: store.linesOf(id).length,
        hasReductions: store.matching("Order", "OriginalOrderId", id).some(isReduction),
      });
    }
    if (save.object.name === "OrderItem") checkLine(record, lineSources(record, store));
  }

  #runFlows(timing: FlowTiming, view: SaveView): OrgRecord {
    const { flows, onFlowRun } = this.#options;
    return runTriggeredFlows(flows, timing, view, this.#flowActions(view), onFlowRun);
  }

  /** What the flows of one save may do, in its transaction and as its user. */
  #flowActions(view: SaveView): FlowActions {
    const actor = { userId: view.userId };
    return {
      publish: (eventName, values, source) => {
        const event = prepareEvent(this.#findEvent(eventName), values, view.nowMs, view.userId);
        requireAllowance(this.#options.allowance, this.#staged.size);
        this.#staged.add(eventName, event, source);
      },
      create: (objectName, values) => {
        this.create(actor, objectName, values);
      },
      find: (objectName, equal) => findRecords(this.#options.store, objectName, equal),
      update: (objectName, ids, values) => {
        this.#transaction.request(() => {
          for (const id of ids) this.update(actor, objectName, id, values);
        });
      },
    };
  }

  #rollUp(actor: Actor, orderId: string): void {
    const total = totalOf(this.#options.store.linesOf(orderId));
    this.update(actor, "Order", orderId, { TotalAmount: total }, "org");
  }

  #viewOf(save: Save, record: OrgRecord): SaveView {
    const { store, shape } = this.#options;
    return {
      schema: shape.schema,
      objectName: save.object.name,
      record,
      prior: save.prior,
      userId: save.actor.userId,
      nowMs: save.nowMs,
      findRecord: (objectName, id) => store.get(objectName, id),
    };
  }

  #findObject(name: string): ObjectDefinition {
    const object = this.#options.shape.schema.objects.get(name);
    if (object?.kind === "object") return object;
    throw new OrgError("INVALID_TYPE", `sObject type '${name}' is not supported.`);
  }

  #findRecord(objectName: string, id: string): OrgRecord {
    const record = this.#options.store.get(objectName, id);
    if (record !== undefined) return record;
    throw new OrgError("ENTITY_IS_DELETED", `There is no ${objectName} with the id ${id}.`);
  }

  #findEvent(name: string): EventType {
    const event = this.#options.events.get(name);
    if (event === undefined) throw new OrgError("INVALID_TYPE", `The org has no platform event ${name}.`);
    return event;
  }

  #makeId(object: ObjectDefinition): string {
    return makeRecordId(object.keyPrefix ?? "000", this.#options.store.nextNumber("record"));
  }
}

function isReduction(order: OrgRecord): boolean {
  return order["IsReductionOrder"] === true;
}
