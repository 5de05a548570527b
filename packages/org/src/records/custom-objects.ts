import type { ObjectMetadata } from "../metadata/org-metadata.ts";
import type { ObjectDefinition, OrgSchema } from "../org-core.ts";
import type { OrgShape } from "./org-shape.ts";
import type { RecordStore } from "./record-store.ts";
import { lookup, object, text } from "./standard-objects/define-field.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const newestPrefix = "keyPrefix";

/** A custom object without its own fields. A detail of a master belongs to whom the master belongs. */
export function defineCustomObject(
  metadata: Extract<ObjectMetadata, { kind: "custom" }>,
  isDetail: boolean,
): ObjectDefinition {
  const { name, label, pluralLabel, nameField } = metadata;
  const nameDefinition =
    nameField.autoNumber === null
      ? text("Name", 80, { label: nameField.label })
      : {
          ...text("Name", 80, { label: nameField.label, writable: "never" }),
          autoNumber: nameField.autoNumber,
        };
  const own = isDetail ? [nameDefinition] : [nameDefinition, lookup("OwnerId", "User")];
  return { ...object(name, "", own), label, pluralLabel, keyPrefix: null };
}

/**
 * Gives each custom object its key prefix: `a00`, `a01`, … in the order in which the org first saw them. The org
 * remembers them, so ids stay what they are when objects come and go.
 */
export function assignKeyPrefixes(shape: OrgShape, store: RecordStore): OrgShape {
  const objects = new Map(shape.schema.objects);
  for (const name of [...objects.keys()].toSorted()) {
    const definition = objects.get(name);
    if (definition?.kind !== "object" || definition.keyPrefix !== null) continue;
    objects.set(name, { ...definition, keyPrefix: prefixOf(rememberNumber(name, store)) });
  }
  const schema: OrgSchema = { objects };
  return { ...shape, schema };
}

function rememberNumber(objectName: string, store: RecordStore): number {
  const counter = `${newestPrefix}.${objectName}`;
  const known = store.readNumber(counter);
  if (known !== undefined) return known;
  const number = store.nextNumber(newestPrefix);
  store.noteNumber(counter, number);
  return number;
}

/** The first number, 1, stands for `a00`. */
function prefixOf(number: number): string {
  const high = alphabet.charAt(Math.floor((number - 1) / alphabet.length));
  return `a${high}${alphabet.charAt((number - 1) % alphabet.length)}`;
}
