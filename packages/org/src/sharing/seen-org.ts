import { OrgError } from "../org-core.ts";
import type { ObjectDefinition, OrgCore, OrgRecord, RecordView, SaveRow } from "../org-core.ts";
import { accessOf } from "./record-access.ts";
import type { RecordAccess } from "./record-access.ts";
import type { OrgSharing } from "./sharing-models.ts";

/** What a client of the API does with records. */
export type ClientCore = RecordView &
  Pick<OrgCore, "create" | "update" | "delete" | "saveAll" | "inOneTransaction" | "publish">;

/** The org as one caller has it: `reader` is what reads see, which may lag behind. */
export type SeenOrg = { readonly core: ClientCore; readonly reader: RecordView };

export type SeeAs = (userId: string) => SeenOrg;

/**
 * The org for callers of the API, each of whom sees and changes what sharing lets that user. Flows, events and pages know
 * no sharing. A view is made for one request.
 */
export function seenBySharing(core: OrgCore, reader: RecordView, sharing: OrgSharing): SeeAs {
  const whole: SeenOrg = { core, reader };
  return (userId) => {
    if (!sharing.isRestricted) return whole;
    const access = accessOf(core, core, sharing, userId);
    return {
      core: { ...limitView(core, access), ...limitSaves(core, access) },
      reader: limitView(reader, accessOf(core, reader, sharing, userId)),
    };
  };
}

/** What the user may not see is as if it were not there. */
function limitView(view: RecordView, access: RecordAccess): RecordView {
  const limit = (part: Pick<RecordView, "get" | "all">): Pick<RecordView, "get" | "all"> => ({
    get: (objectName, id) => {
      const record = part.get(objectName, id);
      const object = view.schema.objects.get(objectName);
      return record !== undefined && object !== undefined && access.may("see", object, record)
        ? record
        : undefined;
    },
    all: (objectName) => {
      const object = view.schema.objects.get(objectName);
      if (object === undefined) return [];
      return [...part.all(objectName)].filter((record) => access.may("see", object, record));
    },
  });
  return { schema: view.schema, ...limit(view), recycleBin: limit(view.recycleBin) };
}

function limitSaves(core: OrgCore, access: RecordAccess): Omit<ClientCore, keyof RecordView> {
  return {
    create(actor, objectName, values) {
      allow(refusalOfCreate(core, access, objectName, values));
      return core.create(actor, objectName, values);
    },
    update(actor, objectName, id, values) {
      allow(refusalOfChange(core, access, objectName, id));
      core.update(actor, objectName, id, values);
    },
    delete(actor, objectName, id) {
      allow(refusalOfChange(core, access, objectName, id));
      core.delete(actor, objectName, id);
    },
    saveAll: (actor, rows, options) =>
      core.saveAll(
        actor,
        rows.map((row) => refuseRow(core, access, row)),
        options,
      ),
    inOneTransaction: (work) => core.inOneTransaction(work),
    publish: (actor, eventName, values) => core.publish(actor, eventName, values),
  };
}

function refuseRow(core: OrgCore, access: RecordAccess, row: SaveRow): SaveRow {
  const error = refusalOfRow(core, access, row);
  return error === undefined ? row : { kind: "refused", error };
}

function refusalOfRow(core: OrgCore, access: RecordAccess, row: SaveRow): OrgError | undefined {
  switch (row.kind) {
    case "create":
      return refusalOfCreate(core, access, row.objectName, row.values);
    case "update":
    case "delete":
      return refusalOfChange(core, access, row.objectName, row.id);
    case "refused":
      return undefined;
  }
}

function refusalOfCreate(
  { schema }: OrgCore,
  access: RecordAccess,
  objectName: string,
  values: OrgRecord,
): OrgError | undefined {
  const object = schema.objects.get(objectName);
  if (object === undefined || access.mayJoin(object, values)) return undefined;
  const message = "insufficient access rights on cross-reference id";
  return new OrgError("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message);
}

/** A record that is not there is left to the org to refuse. */
function refusalOfChange(
  core: OrgCore,
  access: RecordAccess,
  objectName: string,
  id: string,
): OrgError | undefined {
  const object: ObjectDefinition | undefined = core.schema.objects.get(objectName);
  const record = core.get(objectName, id);
  if (object === undefined || record === undefined || access.may("change", object, record)) return undefined;
  return new OrgError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id");
}

function allow(refusal: OrgError | undefined): void {
  if (refusal !== undefined) throw refusal;
}
