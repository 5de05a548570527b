import type { OrgSchema } from "../org-core.ts";
import { buildOrgShape } from "../records/org-shape.ts";
import { checkMetadata } from "./check-metadata.ts";
import { loadMetadata } from "./load-metadata.ts";
import { MetadataError } from "./metadata-error.ts";
import type { OrgMetadata } from "./org-metadata.ts";

export type ExaminedMetadata = {
  /** What could be read. */
  readonly metadata: OrgMetadata;
  /** Null when the objects cannot be put together; then nothing that refers to them was checked. */
  readonly schema: OrgSchema | null;
  /** Every error that one run can see, each once, in the order of the files. */
  readonly errors: readonly MetadataError[];
  /** What is legal and hardly meant. Each starts with `flow <name>: `. */
  readonly warnings: readonly string[];
};

/** Loads metadata as the org does at its start, and goes on after an error to find the others. */
export function examineMetadata(dirs: readonly string[]): ExaminedMetadata {
  const errors = new Map<string, MetadataError>();
  const warnings = new Set<string>();
  const note = (error: MetadataError): void => {
    errors.set(error.message, error);
  };
  const metadata = loadMetadata(dirs, note);
  const schema = noting(note, () => buildOrgShape(metadata).schema) ?? null;
  if (schema !== null) {
    for (const part of [metadata, ...partsOf(metadata)]) {
      noting(note, () => {
        checkMetadata(part, schema, (text) => warnings.add(text));
      });
    }
  }
  return { metadata, schema, errors: [...errors.values()], warnings: [...warnings] };
}

/** The check stops at its first error, so each rule, permission set, flow and flow test is checked alone too. */
function partsOf(metadata: OrgMetadata): readonly OrgMetadata[] {
  const none = { ...metadata, validationRules: [], permissionSets: [], flows: [], flowTests: [] };
  return [
    ...metadata.validationRules.map((rule) => ({ ...none, validationRules: [rule] })),
    ...metadata.permissionSets.map((permissionSet) => ({ ...none, permissionSets: [permissionSet] })),
    ...metadata.flows.map((flow) => ({ ...none, flows: [flow] })),
    ...metadata.flowTests.map((test) => ({
      ...none,
      flows: metadata.flows.filter(({ name }) => name === test.flowName),
      flowTests: [test],
    })),
  ];
}

function noting<Result>(note: (error: MetadataError) => void, work: () => Result): Result | undefined {
  try {
    return work();
  } catch (reason) {
    if (!(reason instanceof MetadataError)) throw reason;
    note(reason);
    return undefined;
  }
}
