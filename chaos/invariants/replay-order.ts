import type { BusGeneration } from "../org/bus-recorder.ts";

/** The emulator's ids begin with a big-endian number of 8 bytes. Its judge may know that; Sluice may not. */
const NUMBER_DIGITS = 16;

export function isAfter(replayId: string, other: string): boolean {
  return numberOf(replayId) > numberOf(other);
}

/** Positions of one generation follow each other closely, at most eight apart; a reset begins up to a thousand million away. */
const WITHIN_ONE = 1_000_000n;

/**
 * The generation of the bus that a position belongs to: the one whose events are nearest, since a reset begins far away.
 * Undefined for a position far from all events: of a generation in which nothing was published yet.
 */
export function generationOf(replayId: string, generations: readonly BusGeneration[]): number | undefined {
  let nearest: { readonly index: number; readonly distance: bigint } | undefined;
  for (const [index, { events }] of generations.entries()) {
    const first = events[0];
    const last = events.at(-1);
    if (first === undefined || last === undefined) continue;
    const distance = distanceTo(numberOf(replayId), numberOf(first.replayId), numberOf(last.replayId));
    if (distance > WITHIN_ONE) continue;
    if (nearest === undefined || distance < nearest.distance) nearest = { index, distance };
  }
  return nearest?.index;
}

function distanceTo(position: bigint, first: bigint, last: bigint): bigint {
  if (position < first) return first - position;
  return position > last ? position - last : 0n;
}

function numberOf(replayId: string): bigint {
  return BigInt(`0x${replayId.slice(0, NUMBER_DIGITS)}`);
}
