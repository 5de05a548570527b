/**
 * Why an event was put aside instead of started:
 * - `undecodable` its bytes fit no schema.
 * - `invalid`     decoded, but the mapping makes no sense of it.
 * - `wrong_org`   it names another org than the one that this store serves.
 * - `id_reused`   its id belongs to another event: publishers can set ids.
 */
export const quarantineReasons = ["undecodable", "invalid", "wrong_org", "id_reused"] as const;
export type QuarantineReason = (typeof quarantineReasons)[number];

/**
 * What became of it:
 * - `open`       nobody decided yet.
 * - `reinjected` it is in the inbox now.
 * - `discarded`  a person decided that it asks for nothing; the note says why.
 */
export const quarantineStates = ["open", "reinjected", "discarded"] as const;
export type QuarantineState = (typeof quarantineStates)[number];
