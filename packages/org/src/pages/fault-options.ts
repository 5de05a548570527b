import { z } from "zod";
import { faultKinds } from "../faults/fault-kinds.ts";
import type { FaultKind } from "../faults/fault-kinds.ts";

/** One option of a fault, as an input. */
export type FaultOptionInput = {
  readonly name: string;
  readonly type: "number" | "text" | "flag";
  /** Empty when any value may be given. */
  readonly choices: readonly string[];
  readonly fallback: string;
};

const optionShape = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});
const optionsShape = z.object({ properties: z.record(z.string(), optionShape).default({}) });

/** The options of a kind, read from its schema, so that new kinds get their inputs by themselves. */
export function optionInputsOf(kind: FaultKind): readonly FaultOptionInput[] {
  const schema = optionsShape.parse(z.toJSONSchema(faultKinds[kind].options, { io: "input" }));
  return Object.entries(schema.properties).map(([name, option]) => ({
    name,
    type: typeOf(option.type),
    choices: option.enum ?? [],
    fallback: String(option.default ?? ""),
  }));
}

function typeOf(type: string | undefined): FaultOptionInput["type"] {
  if (type === "integer" || type === "number") return "number";
  return type === "boolean" ? "flag" : "text";
}
