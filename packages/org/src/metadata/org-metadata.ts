import type { Flow } from "../flow/flow.ts";
import type { Formula } from "../formula/formula.ts";
import type { FieldDefinition } from "../org-core.ts";
import type { MetadataPlace } from "./metadata-error.ts";

/** All that the metadata folders say, each file understood completely. */
export type OrgMetadata = {
  readonly events: readonly EventMetadata[];
  readonly fields: readonly FieldMetadata[];
  readonly validationRules: readonly ValidationRule[];
  readonly valueSets: readonly StandardValueSet[];
  readonly flows: readonly Flow[];
  readonly permissionSets: readonly PermissionSet[];
};

/** When an event leaves: with the commit of the save that published it, or at once, whatever becomes of the save. */
export type PublishBehavior = "PublishAfterCommit" | "PublishImmediately";

export type EventMetadata = {
  readonly name: string;
  readonly label: string;
  readonly publishBehavior: PublishBehavior;
  readonly place: MetadataPlace;
};

export type FieldMetadata = {
  readonly objectName: string;
  readonly field: FieldDefinition;
  /** What the field says of itself to people; null when it says nothing. */
  readonly help: string | null;
  readonly place: MetadataPlace;
};

/** Refuses a save for which `condition` is true. */
export type ValidationRule = {
  readonly objectName: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly condition: Formula;
  readonly message: string;
  /** Null: the message belongs to the whole record. */
  readonly field: string | null;
  readonly place: MetadataPlace;
};

/** The values of a standard picklist, such as `OrderStatus`. */
export type StandardValueSet = {
  readonly name: string;
  readonly values: readonly {
    readonly name: string;
    readonly isDefault: boolean;
    /** For OrderStatus: the StatusCode that the value stands for. */
    readonly group: string | null;
  }[];
  readonly place: MetadataPlace;
};

/** What a permission set speaks of. The org checks that it exists; its one user may do everything. */
export type PermissionSet = {
  readonly name: string;
  readonly objects: readonly { readonly name: string; readonly place: MetadataPlace }[];
  readonly fields: readonly { readonly path: string; readonly place: MetadataPlace }[];
};
