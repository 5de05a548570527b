import type { Flow } from "../flow/flow.ts";
import { isCollection, isRecord } from "../flow/flow-data.ts";
import type { FlowData } from "../flow/flow-data.ts";
import { emptyMemory, flowScope, readFlowValueIn } from "../flow/flow-scope.ts";
import type { FlowScope, SaveView } from "../flow/flow-scope.ts";
import { meetsCondition, priorOf } from "../flow/meets-condition.ts";
import type { FlowRun } from "../flow/run-flow.ts";
import { FormulaError } from "../formula/formula-error.ts";
import { showValue } from "../formula/value.ts";
import { elementAsked } from "./element-asked.ts";
import type { FlowTest, FlowTestCondition } from "./flow-test.ts";

/** What a test has to judge by. */
export type FlowTestEvidence = {
  readonly flow: Flow;
  /** The first run of the flow; undefined when it did not start. */
  readonly run: FlowRun | undefined;
  /** The record as it is stored after the save; undefined when the save was refused. */
  readonly saved: SaveView | undefined;
  /** The record as the client meant it, for when there is nothing better. */
  readonly meant: SaveView;
};

/** What is wrong, one line for each assertion that does not hold. */
export function judgeFlowTest(test: FlowTest, evidence: FlowTestEvidence): readonly string[] {
  const scope = finishScope(evidence);
  return test.assertions.flatMap(({ conditions, errorMessage }) => {
    const details = conditions.flatMap((condition) => judge(condition, evidence, scope) ?? []);
    if (details.length === 0) return [];
    return [[...(errorMessage === null ? [] : [errorMessage]), ...details].join(" ")];
  });
}

/** `$Record` is the record as it was saved; all else is as the flow left it. */
function finishScope({ flow, run, saved, meant }: FlowTestEvidence): FlowScope {
  const own = flowScope(saved ?? meant, flow.resources, emptyMemory);
  const atEnd = run?.scope ?? own;
  const refusal = run?.outcome?.kind === "refused" ? run.outcome.message : null;
  const readData = (path: string): FlowData => {
    if (saved !== undefined && path.split(".")[0] === "$Record") return own.readData(path);
    // A custom error has no variable of its own; tests read its text where faults have theirs.
    if (path === "$Flow.FaultMessage") return atEnd.readData(path) ?? refusal;
    return atEnd.readData(path);
  };
  return { ...atEnd, readData };
}

/** Undefined when the condition is met. */
function judge(
  condition: FlowTestCondition,
  { flow, run }: FlowTestEvidence,
  scope: FlowScope,
): string | undefined {
  const { left, operator, right } = condition;
  try {
    const expected = readFlowValueIn(scope, right);
    const said = `${left} ${operator} ${show(expected)}`;
    const element = elementAsked(flow, condition);
    if (element !== undefined) {
      const fact = (operator === "HasError" ? run?.failed : run?.visited)?.has(element) ?? false;
      const isMet = (fact === (expected === true)) === (operator !== "NotEqualTo");
      return isMet ? undefined : `(${said}: it is ${fact})`;
    }
    if (operator === "WasVisited" || operator === "HasError") return `(${said}: ${left} is no element)`;
    const actual = scope.readData(left);
    const isMet = meetsCondition(operator, actual, expected, () => priorOf(scope, left));
    return isMet ? undefined : `(${said}: it is ${show(actual)})`;
  } catch (reason) {
    if (!(reason instanceof FormulaError)) throw reason;
    return `(${left} ${operator}: ${reason.message})`;
  }
}

function show(data: FlowData): string {
  if (data === null) return "null";
  if (isCollection(data)) return `a collection of ${data.items.length}`;
  if (isRecord(data)) return `the ${data.objectName} ${String(data.fields["Id"] ?? "without an id")}`;
  return typeof data === "string" ? `"${data}"` : showValue(data);
}
