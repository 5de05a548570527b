/**
 * How a schema differs from the one a consumer was written for. `additive`: whatever reads the old fields goes on
 * working. `breaking`: a field that the consumer may read is gone or of another type, or a new one is never null.
 */
export type SchemaDrift = {
  readonly severity: "additive" | "breaking";
  /** The record's full name, such as `com.sforce.eventbus.Order_Event__e`. */
  readonly record: string;
  readonly schemaId: string;
  /** The schema it is compared with; null when that was given as text. */
  readonly baselineSchemaId: string | null;
  readonly changes: readonly SchemaChange[];
};

export type SchemaChange =
  | { readonly kind: "added"; readonly field: string; readonly type: string; readonly nullable: boolean }
  | { readonly kind: "removed"; readonly field: string; readonly type: string }
  | { readonly kind: "retyped"; readonly field: string; readonly from: string; readonly to: string };
