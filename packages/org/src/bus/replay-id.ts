import type { PubSubKnobs } from "../pubsub-knobs.ts";

/** How replay ids look and which ones are taken back. */
export type ReplayIdForm = Pick<PubSubKnobs, "replayIdBytes" | "replayIdTail" | "acceptsShortReplayIds">;

const numberBytes = 8;

/**
 * A replay id as the service writes it since 2025: an 8-byte big-endian number and two zero bytes; before, the number
 * alone. Clients must treat it as opaque; only the bus itself may look inside.
 */
export function replayIdOf(position: number, form: ReplayIdForm): Uint8Array {
  const bytes = new Uint8Array(form.replayIdBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(position));
  if (form.replayIdBytes > numberBytes) view.setUint16(numberBytes, form.replayIdTail);
  return bytes;
}

/** undefined for what no bus of this kind ever gave out. */
export function positionOf(replayId: Uint8Array, form: ReplayIdForm): number | undefined {
  const view = new DataView(replayId.buffer, replayId.byteOffset, replayId.byteLength);
  const isWhole = replayId.length === form.replayIdBytes;
  const isShort = replayId.length === numberBytes && form.acceptsShortReplayIds;
  if (!isWhole && !isShort) return undefined;
  if (replayId.length > numberBytes && view.getUint16(numberBytes) !== form.replayIdTail) return undefined;
  const position = view.getBigUint64(0);
  return position <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(position) : undefined;
}
