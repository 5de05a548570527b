/** How often each fault of the schedule was ordered and how often it fired. */
export class FaultTally {
  readonly #counts = new Map<string, { ordered: number; fired: number }>();

  ordered(fault: string): void {
    this.#of(fault).ordered += 1;
  }

  fired(fault: string): void {
    this.#of(fault).fired += 1;
  }

  get counts(): readonly { readonly fault: string; readonly ordered: number; readonly fired: number }[] {
    return [...this.#counts]
      .map(([fault, { ordered, fired }]) => ({ fault, ordered, fired }))
      .toSorted((left, right) => (left.fault < right.fault ? -1 : 1));
  }

  #of(fault: string): { ordered: number; fired: number } {
    const known = this.#counts.get(fault) ?? { ordered: 0, fired: 0 };
    this.#counts.set(fault, known);
    return known;
  }
}
