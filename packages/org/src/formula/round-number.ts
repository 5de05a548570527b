/** Rounds to so many digits after the point (before it when negative), halves away from zero, as decimals do it. */
export function roundTo(value: number, digits: number): number {
  const places = Math.trunc(digits);
  const shifted = shift(Math.abs(value), places);
  return Math.sign(value) * shift(Math.round(shifted), -places) || 0;
}

/**
 * Moves the decimal point in the written form of the number: 1.005 times 100 is a little less than 100.5 in binary,
 * and would be rounded down.
 */
function shift(value: number, places: number): number {
  const [digits = "0", exponent = "0"] = String(value).split("e");
  return Number(`${digits}e${Number(exponent) + places}`);
}

/**
 * Takes off what binary fractions add to a sum: 0.1 + 0.2 is 0.3, as the platform's decimals say. Numbers have 15 sure
 * digits.
 */
export function settle(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(15));
}
