/** The events of the benchmark of clients: numbered, so that a reader can tell that none is missing. */

export const readingTopic = "/event/Reading__e";

/** The fields of one event as every client hands them over. */
export type Reading = {
  readonly CreatedDate: number;
  readonly CreatedById: string;
  readonly Sensor__c: string;
  readonly Value__c: number;
};

const firstCreatedAtMs = 1_700_000_000_000;

export function readingAt(index: number): Reading {
  return {
    CreatedDate: firstCreatedAtMs + index,
    CreatedById: "005Hs0000000001IAA",
    Sensor__c: `sensor-${index % 200}`,
    Value__c: index,
  };
}

/** A checksum over fields of all events so far; the same events in another order give another one. */
export function addToChecksum(checksum: number, createdDate: number, sensor: string): number {
  return (checksum * 31 + (createdDate % 1_000_003) + sensor.length) % 2_147_483_647;
}

export function checksumOf(count: number): number {
  let checksum = 0;
  for (let index = 0; index < count; index += 1) {
    const { CreatedDate, Sensor__c } = readingAt(index);
    checksum = addToChecksum(checksum, CreatedDate, Sensor__c);
  }
  return checksum;
}
