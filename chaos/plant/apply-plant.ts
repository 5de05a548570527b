import type { PlantEntry } from "./plants.ts";

/** A plant does not fit the source any more; adapt it in `plants.ts`. */
export class PlantError extends Error {
  override readonly name = "PlantError";
  readonly code = "plant_does_not_fit";
}

/**
 * The source with the defect in it.
 *
 * @throws {PlantError} when the text to replace does not stand there exactly once: a defect must never be left out unseen.
 */
export function applyPlant(source: string, entry: PlantEntry): string {
  const parts = source.split(entry.find);
  if (parts.length !== 2) {
    throw new PlantError(
      `${entry.file}: ${JSON.stringify(entry.find)} stands there ${parts.length - 1} times, not once`,
    );
  }
  return parts.join(entry.replace);
}
