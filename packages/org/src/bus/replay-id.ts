/**
 * A replay id as the service writes it since 2025: an 8-byte big-endian number and two zero bytes. Clients must treat
 * it as opaque; only the bus itself may look inside.
 */
export function replayIdOf(position: number): Uint8Array {
  const bytes = new Uint8Array(10);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(position));
  return bytes;
}

/** undefined for what no bus of this kind ever gave out. */
export function positionOf(replayId: Uint8Array): number | undefined {
  if (replayId.length !== 10 || replayId[8] !== 0 || replayId[9] !== 0) return undefined;
  const view = new DataView(replayId.buffer, replayId.byteOffset, replayId.byteLength);
  const position = view.getBigUint64(0);
  return position <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(position) : undefined;
}
