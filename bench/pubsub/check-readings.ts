import type { Payload } from "./reader.ts";
import { addToChecksum } from "./reading.ts";

export type ReadingCheck = {
  /**
   * Takes the next event's payload and says whether all have come; what comes after that is not looked at.
   *
   * @throws when it is not the event that is due: one is missing, out of order or doubled.
   */
  take(payload: Payload): boolean;
  taken(): number;
  checksum(): number;
};

/** Expects the events from the first of the topic to the `count`th, each once and in order. */
export function openReadingCheck(count: number): ReadingCheck {
  let taken = 0;
  let checksum = 0;
  return {
    take(payload) {
      if (taken === count) return true;
      const { CreatedDate: createdDate, Sensor__c: sensor, Value__c: value } = payload;
      if (value !== taken) {
        throw new Error(
          `event ${taken} was due and event ${String(value)} came: one is missing, out of order or doubled`,
        );
      }
      if (typeof createdDate !== "number" || typeof sensor !== "string") {
        throw new TypeError(`event ${taken} was not decoded to a number and a text`);
      }
      checksum = addToChecksum(checksum, createdDate, sensor);
      taken += 1;
      return taken === count;
    },
    taken: () => taken,
    checksum: () => checksum,
  };
}

const stalledAfterMs = 30_000;

/** Ends the process with an error when events stop coming before all are there: a lost one may be the last. */
export function failWhenStalled(check: Pick<ReadingCheck, "taken">, count: number): void {
  let before = -1;
  setInterval(() => {
    const taken = check.taken();
    if (taken < count && taken === before) {
      throw new Error(`no event for ${stalledAfterMs / 1_000} s after ${taken} of ${count}`);
    }
    before = taken;
  }, stalledAfterMs);
}
