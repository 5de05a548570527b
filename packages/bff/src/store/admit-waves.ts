/**
 * Splits events into waves that may each be stored as one set. Within a wave no key occurs twice, and events that
 * share a key are in waves of their order: stored wave after wave they have the same effect as one after another. Most
 * batches are one wave.
 */
export function inWaves<Event>(
  events: readonly Event[],
  keysOf: (event: Event) => readonly string[],
): readonly (readonly Event[])[] {
  const waves: Event[][] = [];
  const nextWaveOf = new Map<string, number>();
  for (const event of events) {
    const keys = keysOf(event);
    const wave = Math.max(0, ...keys.map((key) => nextWaveOf.get(key) ?? 0));
    for (const key of keys) nextWaveOf.set(key, wave + 1);
    (waves[wave] ??= []).push(event);
  }
  return waves;
}
