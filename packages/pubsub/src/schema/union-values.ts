import avsc from "avsc";
import type { Type } from "avsc";

/**
 * Whether values of this type can hold `{ branchName: value }` objects: the library writes a union like that when two
 * of its branches share a JavaScript type, such as int and double.
 */
export function hasWrappedUnion(type: Type, seen: Set<Type> = new Set()): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  if (type instanceof avsc.types.WrappedUnionType) return true;
  return partsOf(type).some((part) => hasWrappedUnion(part, seen));
}

/** Replaces each such object by its value; found by the schema, since a record with one field looks the same. */
export function unwrapUnions(type: Type, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (type instanceof avsc.types.WrappedUnionType) {
    const [entry] = Object.entries(value);
    if (entry === undefined) return value;
    const branch = type.types.find((candidate) => candidate.branchName === entry[0]);
    return branch === undefined ? entry[1] : unwrapUnions(branch, entry[1]);
  }
  if (type instanceof avsc.types.UnwrappedUnionType) {
    const branch = type.types.find((candidate) => candidate.isValid(value));
    return branch === undefined ? value : unwrapUnions(branch, value);
  }
  if (type instanceof avsc.types.RecordType) {
    const record = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      type.fields.map(({ name, type: fieldType }) => [name, unwrapUnions(fieldType, record[name])]),
    );
  }
  if (type instanceof avsc.types.ArrayType) {
    return (value as readonly unknown[]).map((item) => unwrapUnions(type.itemsType, item));
  }
  if (type instanceof avsc.types.MapType) {
    const entries = Object.entries(value).map(([key, item]) => [key, unwrapUnions(type.valuesType, item)]);
    return Object.fromEntries(entries);
  }
  return value;
}

function partsOf(type: Type): readonly Type[] {
  if (type instanceof avsc.types.RecordType) return type.fields.map((field) => field.type);
  if (type instanceof avsc.types.ArrayType) return [type.itemsType];
  if (type instanceof avsc.types.MapType) return [type.valuesType];
  if (type instanceof avsc.types.UnwrappedUnionType) return type.types;
  return [];
}
