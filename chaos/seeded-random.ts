/** Choices that are the same for the same seed, so that a campaign can be repeated. */
export type SeededRandom = {
  /** In [0, 1). */
  fraction(): number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  shuffled<Item>(items: readonly Item[]): readonly Item[];
};

/** mulberry32: short, and good enough to choose acts by. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    fraction,
    whole: (least, most) => least + Math.floor(fraction() * (most - least + 1)),
    shuffled(items) {
      return items
        .map((item) => ({ item, key: fraction() }))
        .toSorted((left, right) => left.key - right.key)
        .map(({ item }) => item);
    },
  };
}
