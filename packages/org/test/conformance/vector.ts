import type { OrgRecord } from "../../src/org-core.ts";

/** One rule of the platform, and what shows that the org keeps it. */
export type Vector = {
  /** Section of the reference and its sentence, or what follows from it. */
  readonly cites: string;
  /** Flow files by the flow's name. */
  readonly flows?: Readonly<Record<string, string>>;
  /** More metadata, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Runs on the order of fixture F01 with one line; or the metadata is refused. */
  readonly steps?: readonly Step[];
  readonly refused?: RefusedMetadata;
  readonly warned?: RegExp;
};

export type RefusedMetadata = {
  readonly code: string;
  readonly message: RegExp;
  /** From the root element; the file is that of the vector. */
  readonly element?: string;
};

export type Step =
  | { readonly update: OrgRecord }
  /** The new order takes the place of the old one in the steps that follow. */
  | { readonly create: OrgRecord }
  | { readonly refuse: OrgRecord; readonly code: string; readonly message?: RegExp; readonly isNew?: boolean }
  | { readonly order: OrgRecord }
  | { readonly events: readonly OrgRecord[]; readonly of?: string }
  | { readonly count: number; readonly of: string }
  | { readonly waitMs: number };
