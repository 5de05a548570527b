/** One thing that is wrong in the metadata. */
export type Finding = {
  /** As given on the command line, joined with the path below it. */
  readonly file: string;
  /** Counted from 1; null when it is about the whole file. */
  readonly line: number | null;
  /** Where in the file, such as `Flow/start/filters[2]/field`; empty when it is about the whole file. */
  readonly element: string;
  /** What is wrong, and what to do. */
  readonly message: string;
};

/** What a check looked at and what it found. */
export type CheckResult = {
  /** How many things were looked at, by their name: `{ files: 48 }`. A check that saw nothing says so with 0. */
  readonly seen: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
};

export type CheckReport = CheckResult & {
  readonly check: string;
  readonly title: string;
  readonly milliseconds: number;
};

export function findingAt(
  place: { readonly file: string; readonly line: number | null; readonly element: string },
  message: string,
): Finding {
  return { file: place.file, line: place.line, element: place.element, message };
}

export function findingIn(file: string, message: string): Finding {
  return { file, line: null, element: "", message };
}
