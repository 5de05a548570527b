/** A position of the bus and when it was taken. */
export type BusMark = { readonly position: number; readonly atMs: number };

/** Numbers that one step leaves out. */
const stepWidth = 4;

/**
 * The bus is shared with others, so its newest id moves on while nothing is published here: keepalives show it, and a
 * client that stores it does not age. The ids of quiet times follow from the last event and the time alone; nothing
 * has to be stored for them.
 */
export function quietPosition(last: BusMark, nowMs: number, everyMs: number): number {
  return last.position + stepWidth * Math.max(0, Math.floor((nowMs - last.atMs) / everyMs));
}

/** When a position came up in the quiet time after `last`; undefined when it is none of these. */
export function quietTimeOf(last: BusMark, position: number, everyMs: number): number | undefined {
  const steps = (position - last.position) / stepWidth;
  return Number.isInteger(steps) && steps >= 0 ? last.atMs + steps * everyMs : undefined;
}
