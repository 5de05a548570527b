/** The share by which the last quarter's mean may differ from the second quarter's. */
const flatWithin = 0.1;

/** Mean of a quarter of the samples, in MiB; the first quarter is left to warming up. */
export type Quarters = {
  readonly second: number;
  readonly last: number;
  readonly isFlat: boolean;
};

/** How the level of something measured changed in the second half of a run. */
export function quartersOf(values: readonly number[]): Quarters {
  const quarter = values.length / 4;
  const mean = (from: number, to: number): number => {
    const part = values.slice(Math.floor(from), Math.floor(to));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  };
  const second = mean(quarter, 2 * quarter);
  const last = mean(3 * quarter, values.length);
  return { second, last, isFlat: Math.abs(last - second) <= flatWithin * second };
}
