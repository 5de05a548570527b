/** What the shell is told. The numbers are stable; docs/operations.md lists them. */
export const exitCode = {
  done: 0,
  /** Refused, or tried and failed. */
  failed: 1,
  wrongUsage: 2,
  /** No service answers. */
  noService: 3,
  /** Done, and something is left for a person. */
  leftForAPerson: 4,
} as const;
