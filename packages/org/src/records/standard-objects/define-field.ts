import type {
  FieldDefinition,
  FieldType,
  FieldValue,
  ObjectDefinition,
  OnParentDelete,
} from "../../org-core.ts";

/** What differs from a plain optional field that clients may write. */
type FieldOptions = {
  readonly label?: string;
  readonly required?: true;
  /** `create`: only when the record is made; `never`: the org sets it. */
  readonly writable?: "create" | "never";
  readonly values?: readonly string[];
  readonly defaultValue?: FieldValue;
  /** The display format of a field that the org numbers itself. */
  readonly autoNumber?: string;
  readonly startingNumber?: number;
  readonly onParentDelete?: OnParentDelete;
};

type FieldShape = {
  readonly type: FieldType;
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly referenceTo?: string;
};

export function text(name: string, length: number, options: FieldOptions = {}): FieldDefinition {
  return define(name, { type: "string", length }, options);
}

export function longText(name: string, length: number, options: FieldOptions = {}): FieldDefinition {
  return define(name, { type: "textarea", length }, options);
}

/** Without `values` the picklist takes any text up to 255 characters. */
export function picklist(name: string, options: FieldOptions = {}): FieldDefinition {
  return define(name, { type: "picklist", length: 255 }, options);
}

export function number(
  name: string,
  precision: number,
  scale: number,
  options: FieldOptions = {},
): FieldDefinition {
  return define(name, { type: "double", precision, scale }, options);
}

export function currency(name: string, options: FieldOptions = {}): FieldDefinition {
  return define(name, { type: "currency", precision: 18, scale: 2 }, options);
}

export function flag(name: string, options: FieldOptions = {}): FieldDefinition {
  return define(name, { type: "boolean" }, { defaultValue: false, ...options });
}

export function date(name: string, options: FieldOptions = {}): FieldDefinition {
  return define(name, { type: "date" }, options);
}

export function dateTime(name: string, options: FieldOptions = {}): FieldDefinition {
  return define(name, { type: "datetime" }, options);
}

export function email(name: string, options: FieldOptions = {}): FieldDefinition {
  return define(name, { type: "email", length: 80 }, options);
}

export function phone(name: string): FieldDefinition {
  return define(name, { type: "phone", length: 40 }, {});
}

/** `AccountId` is the lookup behind the relationship `Account`. */
export function lookup(name: string, referenceTo: string, options: FieldOptions = {}): FieldDefinition {
  return define(name, { type: "reference", length: 18, referenceTo }, options);
}

/** Street, city, state, postal code and country under one prefix, such as `Billing`. */
export function address(prefix: string): readonly FieldDefinition[] {
  return [
    longText(`${prefix}Street`, 255),
    text(`${prefix}City`, 40),
    text(`${prefix}State`, 80),
    text(`${prefix}PostalCode`, 20),
    text(`${prefix}Country`, 80),
  ];
}

/** An object with the fields that every record has. */
export function object(name: string, keyPrefix: string, own: readonly FieldDefinition[]): ObjectDefinition {
  const fields = [
    define("Id", { type: "id", length: 18 }, { writable: "never", label: "Record ID" }),
    ...own,
    flag("IsDeleted", { writable: "never", label: "Deleted" }),
    dateTime("CreatedDate", { writable: "never" }),
    lookup("CreatedById", "User", { writable: "never" }),
    dateTime("LastModifiedDate", { writable: "never" }),
    lookup("LastModifiedById", "User", { writable: "never" }),
    dateTime("SystemModstamp", { writable: "never" }),
  ];
  return {
    name,
    label: labelOf(name),
    keyPrefix,
    kind: "object",
    fields: new Map(fields.map((field) => [field.name, field])),
  };
}

function define(name: string, shape: FieldShape, options: FieldOptions): FieldDefinition {
  const { type, length, precision, scale, referenceTo } = shape;
  const { writable } = options;
  return {
    name,
    label: options.label ?? labelOf(name),
    type,
    length: length ?? null,
    precision: precision ?? null,
    scale: scale ?? null,
    required: options.required ?? false,
    createable: writable !== "never",
    updateable: writable === undefined,
    referenceTo: referenceTo ?? null,
    relationshipName: referenceTo === undefined ? null : name.replace(/Id$/, ""),
    picklistValues: options.values ?? [],
    defaultValue: options.defaultValue ?? null,
    ...(options.autoNumber === undefined
      ? {}
      : { autoNumber: { format: options.autoNumber, startingNumber: options.startingNumber ?? 1 } }),
    ...(options.onParentDelete === undefined ? {} : { onParentDelete: options.onParentDelete }),
  };
}

/** `BillToContactId` → `Bill To Contact`. */
function labelOf(name: string): string {
  return name.replace(/(?<=[a-z0-9])Id$/, "").replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ");
}
