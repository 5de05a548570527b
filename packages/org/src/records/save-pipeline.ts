import { prepareEvent, requireAllowance } from "../bus/publish-event.ts";
import type { EventType, PublishAllowance } from "../bus/publish-event.ts";
import type { Clock } from "../clock.ts";
import { startsFlow } from "../flow/entry-condition.ts";
import type { Flow, FlowTiming } from "../flow/flow.ts";
import type { SaveView } from "../flow/flow-scope.ts";
import { runFlow } from "../flow/run-flow.ts";
import { FormulaError } from "../formula/formula-error.ts";
import { makeRecordId } from "../ids.ts";
import type { ValidationRule } from "../metadata/org-metadata.ts";
import { OrgError } from "../org-core.ts";
import type { Actor, EventBus, FieldValue, ObjectDefinition, OrgRecord } from "../org-core.ts";
import { deriveFields, lineSources } from "./derive-fields.ts";
import { checkLine, checkOrder, totalOf } from "./order-rules.ts";
import type { OrgDatabase } from "./org-database.ts";
import type { OrgShape } from "./org-shape.ts";
import { checkInput, checkRecord, withDefaults } from "./record-input.ts";
import type { WriteOrigin } from "./record-input.ts";
import type { RecordStore } from "./record-store.ts";
import { StagedEvents } from "./staged-events.ts";
import { applyValidationRules } from "./validation-rules.ts";

/** Saves that start further saves end here at the latest; the platform has such a limit too. */
const maxDepth = 16;

/** Text fields that count on from record to record, with their number of digits. */
const autoNumbers: ReadonlyMap<string, readonly [field: string, digits: number]> = new Map([
  ["Order", ["OrderNumber", 8]],
  ["OrderItem", ["OrderItemNumber", 10]],
]);

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
  #depth = 0;

  constructor(options: SaveOptions) {
    this.#options = options;
    this.#staged = new StagedEvents(options.bus, options.shape.publishBehaviors);
  }

  /** @throws {OrgError} and nothing is saved. */
  create(actor: Actor, objectName: string, values: OrgRecord, origin: WriteOrigin = "client"): string {
    const object = this.#findObject(objectName);
    return this.#inTransaction((nowMs) => {
      const input = checkInput(object, values, "create", origin);
      const given = input["Id"];
      const id = typeof given === "string" ? given : this.#makeId(object);
      const nowIso = new Date(nowMs).toISOString();
      const made: Record<string, FieldValue> = { Id: id, CreatedDate: nowIso, CreatedById: actor.userId };
      if (object.fields.has("OwnerId")) made["OwnerId"] = input["OwnerId"] ?? actor.userId;
      Object.assign(made, this.#autoNumber(object, input));
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
    this.#inTransaction((nowMs) => {
      const prior = this.#options.store.get(objectName, id);
      if (prior === undefined) {
        throw new OrgError("ENTITY_IS_DELETED", `There is no ${objectName} with the id ${id}.`);
      }
      const input = checkInput(object, values, "update", origin);
      // A field that the metadata got since the record was written has no value in it yet.
      const complete = { ...withDefaults(object, {}), ...prior };
      this.#save({ object, actor, input, prior: complete, nowMs }, { ...complete, ...input });
    });
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
    const record = checkRecord(object, derive(flowed), store);
    const view = this.#viewOf(save, record);
    this.#checkLifeCycle(save, record);
    applyValidationRules(this.#options.rules, view);
    if (prior === undefined) store.insert(object.name, record);
    else store.update(object.name, record);
    this.#runFlows("RecordAfterSave", view);
    if (object.name === "OrderItem") this.#rollUp(actor, String(record["OrderId"]));
  }

  #checkLifeCycle(save: Save, record: OrgRecord): void {
    const { store } = this.#options;
    if (save.object.name === "Order") {
      const lineCount = store.linesOf(String(record["Id"])).length;
      checkOrder({ record, prior: save.prior, input: save.input, lineCount });
    }
    if (save.object.name === "OrderItem") checkLine(record, lineSources(record, store));
  }

  #runFlows(timing: FlowTiming, view: SaveView): OrgRecord {
    let record = view.record;
    for (const flow of this.#options.flows) {
      if (flow.start.timing !== timing || flow.start.objectName !== view.objectName) continue;
      const current = { ...view, record };
      if (!this.#starts(flow, current)) continue;
      const outcome = runFlow(flow, current, (eventName, values) => {
        const event = prepareEvent(this.#findEvent(eventName), values, view.nowMs, view.userId);
        requireAllowance(this.#options.allowance, this.#staged.size);
        this.#staged.add(eventName, event);
      });
      if (outcome.kind === "refused") {
        const fields = outcome.field === null ? [] : [outcome.field];
        throw new OrgError("FIELD_CUSTOM_VALIDATION_EXCEPTION", outcome.message, fields);
      }
      if (timing === "RecordBeforeSave") record = outcome.record;
    }
    return record;
  }

  #starts(flow: Flow, view: SaveView): boolean {
    try {
      return startsFlow(flow, view);
    } catch (reason) {
      if (!(reason instanceof FormulaError)) throw reason;
      const message = `The entry condition of the flow ${flow.name} failed, and nothing was saved: ${reason.message}`;
      throw new OrgError("CANNOT_EXECUTE_FLOW_TRIGGER", message);
    }
  }

  #rollUp(actor: Actor, orderId: string): void {
    const total = totalOf(this.#options.store.linesOf(orderId));
    this.update(actor, "Order", orderId, { TotalAmount: total }, "org");
  }

  /** The outermost call commits; saves inside a save join its transaction. */
  #inTransaction<Result>(work: (nowMs: number) => Result): Result {
    if (this.#depth >= maxDepth) {
      throw new OrgError("CANNOT_EXECUTE_FLOW_TRIGGER", `more than ${maxDepth} saves started one another`);
    }
    const isOutermost = this.#depth === 0;
    this.#depth += 1;
    try {
      return this.#options.database.transaction(() => {
        const result = work(this.#options.clock());
        if (isOutermost) this.#staged.appendAfterCommitEvents();
        return result;
      });
    } finally {
      this.#depth -= 1;
      if (isOutermost) this.#staged.finish();
    }
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

  #findEvent(name: string): EventType {
    const event = this.#options.events.get(name);
    if (event === undefined) throw new OrgError("INVALID_TYPE", `The org has no platform event ${name}.`);
    return event;
  }

  #makeId(object: ObjectDefinition): string {
    return makeRecordId(object.keyPrefix ?? "000", this.#options.store.nextNumber("record"));
  }

  #autoNumber(object: ObjectDefinition, input: OrgRecord): OrgRecord {
    const [field, digits] = autoNumbers.get(object.name) ?? [];
    if (field === undefined || digits === undefined) return {};
    const counter = `${object.name}.${field}`;
    const given = input[field];
    if (typeof given !== "string") {
      return { [field]: String(this.#options.store.nextNumber(counter)).padStart(digits, "0") };
    }
    if (/^\d+$/.test(given)) this.#options.store.noteNumber(counter, Number(given));
    return { [field]: given };
  }
}
