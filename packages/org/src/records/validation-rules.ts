import { evaluateFormula } from "../formula/evaluate-formula.ts";
import { FormulaError } from "../formula/formula-error.ts";
import { ruleScope } from "../flow/flow-scope.ts";
import type { SaveView } from "../flow/flow-scope.ts";
import type { ValidationRule } from "../metadata/org-metadata.ts";
import { OrgError } from "../org-core.ts";

/** @throws {OrgError} FIELD_CUSTOM_VALIDATION_EXCEPTION with the message of the first rule that refuses the record. */
export function applyValidationRules(rules: readonly ValidationRule[], view: SaveView): void {
  const scope = ruleScope(view);
  for (const rule of rules) {
    if (rule.objectName !== view.objectName || !rule.isActive) continue;
    if (evaluate(rule, scope) === true) {
      const fields = rule.field === null ? [] : [rule.field];
      throw new OrgError("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, fields);
    }
  }
}

function evaluate(rule: ValidationRule, scope: ReturnType<typeof ruleScope>): unknown {
  try {
    return evaluateFormula(rule.condition.expression, scope);
  } catch (reason) {
    if (!(reason instanceof FormulaError)) throw reason;
    const message = `The validation rule ${rule.name} cannot be evaluated: ${reason.message}`;
    throw new OrgError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message);
  }
}
