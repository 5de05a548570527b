/** What tools outside the org need to read and judge metadata as the org does. */
export { readFormula } from "../formula/formula.ts";
export type { Expression } from "../formula/formula-ast.ts";
export { valueTypeOf } from "../formula/value.ts";
export type { FieldDefinition, OrgSchema } from "../org-core.ts";
export { examineMetadata } from "./examine-metadata.ts";
export type { ExaminedMetadata } from "./examine-metadata.ts";
export { MetadataError } from "./metadata-error.ts";
export { resolveField } from "./resolve-field.ts";
export { parseMetadataXml } from "./xml-element.ts";
export type { XmlElement } from "./xml-element.ts";
