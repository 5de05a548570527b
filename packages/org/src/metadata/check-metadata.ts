import { checkFlow } from "../flow/check-flow.ts";
import { checkFlowTest } from "../flow-test/check-flow-test.ts";
import { referencesOf } from "../formula/formula-ast.ts";
import { unsupportedGlobal } from "../formula/global-variables.ts";
import type { OrgSchema } from "../org-core.ts";
import { checkEventDelivery } from "./check-event-delivery.ts";
import { MetadataError } from "./metadata-error.ts";
import type { OrgMetadata, PermissionSet, ValidationRule } from "./org-metadata.ts";
import { resolveField, resolveObject } from "./resolve-field.ts";

/**
 * Checks what the files say about one another: every name must lead somewhere, and types must fit.
 *
 * @param onWarning called with what is legal and hardly meant.
 * @throws {MetadataError}
 */
export function checkMetadata(
  metadata: OrgMetadata,
  schema: OrgSchema,
  onWarning: (text: string) => void,
): void {
  for (const rule of metadata.validationRules) checkRule(rule, schema);
  for (const permissionSet of metadata.permissionSets) checkPermissionSet(permissionSet, schema);
  checkEventDelivery(metadata, schema);
  const flowNames = new Set<string>();
  for (const flow of metadata.flows) {
    if (flowNames.has(flow.name)) {
      throw new MetadataError("duplicate", flow.place, `The flow ${flow.name} is defined twice. Remove one.`);
    }
    flowNames.add(flow.name);
    checkFlow(flow, schema, onWarning);
  }
  for (const test of metadata.flowTests) checkFlowTest(test, metadata.flows, schema);
}

function checkRule(rule: ValidationRule, schema: OrgSchema): void {
  const { condition, objectName } = rule;
  resolveObject(schema, objectName, rule.place);
  if (rule.field !== null) resolveField(schema, objectName, rule.field, rule.place);
  for (const path of referencesOf(condition.expression)) {
    const refusal = unsupportedGlobal(path);
    if (refusal !== undefined) throw new MetadataError("unknown_reference", condition.place, refusal);
    const [root, ...rest] = path.split(".");
    if (root === "$User") resolveField(schema, "User", rest.join("."), condition.place);
    else resolveField(schema, objectName, path, condition.place);
  }
}

function checkPermissionSet(permissionSet: PermissionSet, schema: OrgSchema): void {
  for (const { name, place } of permissionSet.objects) resolveObject(schema, name, place);
  for (const { path, place } of permissionSet.fields) {
    const [objectName = "", ...rest] = path.split(".");
    const field = resolveField(schema, objectName, rest.join("."), place);
    if (field.required) {
      const detail = `${path} is required, so everybody may see it, and a permission set cannot list it. Remove it.`;
      throw new MetadataError("bad_value", place, detail);
    }
  }
}
