import type { EventFilter } from "../bus/event-filter.ts";
import type { ManagedSubscriptionConfig } from "../bus/managed-subscription.ts";
import type { Flow } from "../flow/flow.ts";
import type { FlowTest } from "../flow-test/flow-test.ts";
import type { Formula } from "../formula/formula.ts";
import type { AutoNumber, FieldDefinition } from "../org-core.ts";
import type { MetadataPlace } from "./metadata-error.ts";

/** All that the metadata folders say, each file understood completely. */
export type OrgMetadata = {
  readonly events: readonly EventMetadata[];
  readonly objects: readonly ObjectMetadata[];
  readonly fields: readonly FieldMetadata[];
  readonly validationRules: readonly ValidationRule[];
  readonly valueSets: readonly StandardValueSet[];
  readonly globalValueSets: readonly GlobalValueSet[];
  readonly flows: readonly Flow[];
  readonly permissionSets: readonly PermissionSet[];
  readonly flowTests: readonly FlowTest[];
  readonly channels: readonly ChannelMetadata[];
  readonly channelMembers: readonly ChannelMemberMetadata[];
  readonly managedSubscriptions: readonly ManagedSubscriptionMetadata[];
};

/** When an event leaves: with the commit of the save that published it, or at once, whatever becomes of the save. */
export type PublishBehavior = "PublishAfterCommit" | "PublishImmediately";

export type EventMetadata = {
  readonly name: string;
  readonly label: string;
  readonly publishBehavior: PublishBehavior;
  readonly place: MetadataPlace;
};

/** The file of a custom object, or of a standard one, which says nothing that this org does not know. */
export type ObjectMetadata =
  | {
      readonly kind: "custom";
      readonly name: string;
      readonly label: string;
      readonly pluralLabel: string;
      readonly nameField: NameFieldMetadata;
      readonly place: MetadataPlace;
    }
  | { readonly kind: "standard"; readonly name: string; readonly place: MetadataPlace };

export type NameFieldMetadata = {
  readonly label: string;
  /** Null: people write the name. */
  readonly autoNumber: AutoNumber | null;
};

export type FieldMetadata = {
  readonly objectName: string;
  readonly field: FieldDefinition;
  /** What the field says of itself to people; null when it says nothing. */
  readonly help: string | null;
  /** The global value set of a picklist that has no values of its own. */
  readonly globalValueSet: { readonly name: string; readonly isRestricted: boolean } | null;
  readonly place: MetadataPlace;
};

/** Values that picklists of several objects share. */
export type GlobalValueSet = {
  readonly name: string;
  readonly values: readonly { readonly name: string; readonly isDefault: boolean }[];
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

/**
 * What a permission set grants to whom it is assigned. Of it, the org enforces who sees and changes the records of
 * others where sharing is restricted; that its objects and fields exist is checked.
 */
export type PermissionSet = {
  readonly name: string;
  readonly label: string;
  readonly description: string | null;
  /** Those that are enabled, such as `ViewAllData`. */
  readonly userPermissions: readonly string[];
  readonly objects: readonly ObjectPermission[];
  readonly fields: readonly { readonly path: string; readonly place: MetadataPlace }[];
};

/** What a set grants on one object, in the words of the metadata. */
export type ObjectPermission = {
  readonly name: string;
  readonly rights: Readonly<Record<ObjectRight, boolean>>;
  readonly place: MetadataPlace;
};

export type ObjectRight =
  "allowCreate" | "allowDelete" | "allowEdit" | "allowRead" | "modifyAllRecords" | "viewAllRecords";

/** A custom channel for platform events; its topic is `/event/` and its name. */
export type ChannelMetadata = { readonly name: string; readonly place: MetadataPlace };

/** An event on a channel. */
export type ChannelMemberMetadata = {
  readonly name: string;
  readonly channelName: string;
  readonly eventName: string;
  /** Null: every event passes. */
  readonly filter: { readonly expression: EventFilter; readonly place: MetadataPlace } | null;
  readonly place: MetadataPlace;
};

export type ManagedSubscriptionMetadata = {
  readonly config: ManagedSubscriptionConfig;
  readonly place: MetadataPlace;
};
