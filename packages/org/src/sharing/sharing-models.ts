import type { ObjectDefinition, OrgSchema } from "../org-core.ts";
import type { OrgState } from "../state/org-state.ts";

/**
 * The org-wide default of an object, in the words of the metadata:
 *
 * - `ReadWrite`  everybody sees and changes every record; where nothing else was said.
 * - `Read`       everybody sees every record; its owner changes it.
 * - `Private`    its owner sees and changes it.
 *
 * Permission sets widen it: *View All* to see, *Modify All* to see and change.
 */
export type SharingModel = "Private" | "Read" | "ReadWrite";

/** Models by object; objects that are left out are `ReadWrite`. */
export type SharingModels = Readonly<Record<string, SharingModel>>;

/** The org-wide defaults, kept with the org's data. */
export type OrgSharing = {
  of(objectName: string): SharingModel;
  /** @throws {RangeError} for an object without an owner, which has no model of its own. */
  set(objectName: string, model: SharingModel): void;
  /** Every object that has an owner. */
  list(): SharingModels;
  /** False while everybody sees and changes everything. */
  readonly isRestricted: boolean;
};

/** Models are kept as numbers: their place in this list. */
export const sharingModels = ["ReadWrite", "Read", "Private"] as const satisfies readonly SharingModel[];

/**
 * What was set is kept over restarts and goes with a snapshot; a reset goes back to `initial`.
 *
 * @throws {RangeError} when `initial` names an object without an owner.
 */
export function openSharing(
  org: {
    readonly schema: OrgSchema;
    readonly state: Pick<OrgState, "remember" | "recall" | "onChange">;
  },
  initial: SharingModels = {},
): OrgSharing {
  for (const name of Object.keys(initial)) requireOwner(org.schema, name);
  let known = new Map<string, SharingModel>();
  // A copy of the org, and an empty one, remember something else.
  org.state.onChange(() => {
    known = new Map();
  });
  const of = (objectName: string): SharingModel => {
    const found = known.get(objectName);
    if (found !== undefined) return found;
    const kept = org.state.recall(counterOf(objectName));
    const model =
      (kept === undefined ? undefined : sharingModels[kept]) ?? initial[objectName] ?? "ReadWrite";
    known.set(objectName, model);
    return model;
  };
  const ownedObjects = (): readonly string[] =>
    [...org.schema.objects.values()].filter(hasOwner).map(({ name }) => name);
  return {
    of,
    set(objectName, model) {
      requireOwner(org.schema, objectName);
      org.state.remember(counterOf(objectName), sharingModels.indexOf(model));
      known.set(objectName, model);
    },
    list: () => Object.fromEntries(ownedObjects().map((name) => [name, of(name)])),
    get isRestricted() {
      return ownedObjects().some((name) => of(name) !== "ReadWrite");
    },
  };
}

export function hasOwner({ kind, fields }: ObjectDefinition): boolean {
  return kind === "object" && fields.has("OwnerId");
}

function counterOf(objectName: string): string {
  return `sharing.${objectName}`;
}

function requireOwner({ objects }: OrgSchema, objectName: string): void {
  const object = objects.get(objectName);
  if (object !== undefined && hasOwner(object)) return;
  const names = [...objects.values()].filter(hasOwner).map(({ name }) => name);
  const detail = `${objectName} has no sharing model: objects with an owner have one, which are ${names.join(", ")}`;
  throw new RangeError(detail);
}
