/** Tells a failure in one line. */
export function tellFailure(reason: unknown): void {
  process.stderr.write(`sluice-org: ${reason instanceof Error ? reason.message : String(reason)}\n`);
}
