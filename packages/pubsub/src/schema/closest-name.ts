/** The name that a typo was most likely meant for; null when none is near. Letter case counts for nothing. */
export function closestName(name: string, known: readonly string[]): string | null {
  let closest: string | null = null;
  // More than a third of the letters wrong is another word.
  let fewest = Math.floor(name.length / 3) + 1;
  for (const candidate of known) {
    const edits = countEdits(name.toLowerCase(), candidate.toLowerCase(), fewest);
    if (edits >= fewest) continue;
    fewest = edits;
    closest = candidate;
  }
  return closest;
}

/** Letters to insert, remove or replace (Levenshtein); `limit` when it cannot be less. */
function countEdits(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let previous = Array.from({ length: to.length + 1 }, (_unused, index) => index);
  for (const [row, letter] of from.split("").entries()) {
    const current = [row + 1];
    for (const [column, other] of to.split("").entries()) {
      const replaced = (previous[column] ?? limit) + (letter === other ? 0 : 1);
      const removed = (previous[column + 1] ?? limit) + 1;
      const inserted = (current[column] ?? limit) + 1;
      current.push(Math.min(replaced, removed, inserted));
    }
    previous = current;
  }
  return previous[to.length] ?? limit;
}
