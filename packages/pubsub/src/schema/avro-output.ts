/** Bytes that grow as they are written. `position` may be set back, to take back what was written since. */
export class AvroOutput {
  position = 0;
  #bytes = Buffer.allocUnsafe(512);

  /** A copy of what was written. */
  toBuffer(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.position));
  }

  writeByte(byte: number): void {
    const start = this.#reserve(1);
    this.#bytes[start] = byte;
  }

  writeLong(value: number | bigint): void {
    // Doubling is exact up to here.
    if (typeof value === "bigint" || Math.abs(value) > 2 ** 51) {
      const wide = BigInt(value);
      let bits = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
      for (; bits >= 0x80n; bits >>= 7n) this.writeByte(Number(bits & 0x7fn) | 0x80);
      this.writeByte(Number(bits));
      return;
    }
    let bits = value < 0 ? -2 * value - 1 : 2 * value;
    for (; bits >= 0x80; bits = Math.floor(bits / 0x80)) this.writeByte((bits % 0x80) | 0x80);
    this.writeByte(bits);
  }

  writeFloat(value: number): void {
    const start = this.#reserve(4);
    this.#bytes.writeFloatLE(value, start);
  }

  writeDouble(value: number): void {
    const start = this.#reserve(8);
    this.#bytes.writeDoubleLE(value, start);
  }

  writeString(value: string): void {
    const length = Buffer.byteLength(value);
    this.writeLong(length);
    const start = this.#reserve(length);
    this.#bytes.write(value, start);
  }

  writeRaw(value: Uint8Array): void {
    const start = this.#reserve(value.length);
    this.#bytes.set(value, start);
  }

  #reserve(count: number): number {
    const start = this.position;
    this.position += count;
    if (this.position > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.position));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    return start;
  }
}
