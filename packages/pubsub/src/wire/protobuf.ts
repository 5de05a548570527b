/**
 * The part of the protobuf wire format that `eventbus.v1` needs: varints and length-delimited fields. A field is a tag
 * (`number << 3 | type`) and its value; absent scalars have their defaults, unknown fields are passed over.
 * https://protobuf.dev/programming-guides/encoding/
 */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/**
 * Reads one message; `next` goes through its fields, and those of a message within it between `enter` and `leave`: one
 * reader does for all, since a response holds a hundred events.
 */
export class MessageReader {
  readonly #bytes: Buffer;
  #end: number;
  #at = 0;
  #type = VARINT;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** The number of the next field, whose value has to be read or passed over; 0 at the end. */
  next(): number {
    if (this.#at >= this.#end) return 0;
    const tag = this.#varint();
    this.#type = tag & 7;
    return tag >>> 3;
  }

  /** A number up to 2^53; int32 below zero comes as 2^64 less, and is cut to 32 bits. */
  int32(): number {
    return this.#varint() | 0;
  }

  bool(): boolean {
    return this.#varint() !== 0;
  }

  text(): string {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return this.#bytes.toString("utf8", start, this.#at);
  }

  /** The text again when it is the one before, as the schema ids of a response mostly are; else a new one. */
  textLike(before: string): string {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    if (length === before.length && isAt(this.#bytes, start, before)) return before;
    return this.#bytes.toString("utf8", start, this.#at);
  }

  /** A window on the message, not a copy. */
  window(): Buffer {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** A copy, for what is kept. */
  bytes(): Uint8Array {
    const length = this.#length();
    const copy = new Uint8Array(length);
    for (let index = 0; index < length; index += 1) copy[index] = this.#bytes[this.#at + index] ?? 0;
    this.#at += length;
    return copy;
  }

  /** Goes into the message that is the field's value; gives what `leave` needs. */
  enter(): number {
    const length = this.#length();
    const outer = this.#end;
    this.#end = this.#at + length;
    return outer;
  }

  /** Goes back to the message around it. */
  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }

  /** Passes the value over. */
  skip(): void {
    switch (this.#type) {
      case VARINT:
        this.#varint();
        break;
      case FIXED64:
        this.#at += 8;
        break;
      case DELIMITED:
        this.#at += this.#length();
        break;
      case FIXED32:
        this.#at += 4;
        break;
      default:
        throw new Error(`wire type ${this.#type} at byte ${this.#at} is none that the service uses`);
    }
    if (this.#at > this.#end) throw truncated(this.#at, this.#end);
  }

  #length(): number {
    const length = this.#varint();
    if (this.#at + length > this.#end) throw truncated(this.#at + length, this.#end);
    return length;
  }

  #varint(): number {
    let value = 0;
    // Multiplied, not shifted: lengths and counts above 2^31 would turn negative.
    for (let scale = 1; this.#at < this.#end; scale *= 128) {
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 63) throw new Error(`the varint before byte ${this.#at} has no end`);
    }
    throw truncated(this.#at + 1, this.#end);
  }
}

function isAt(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const byte = bytes[start + index];
    // Beyond ASCII a character is no byte.
    if (byte !== text.charCodeAt(index) || byte > 0x7f) return false;
  }
  return true;
}

function truncated(needed: number, end: number): Error {
  return new Error(`the message ends at byte ${end}, and byte ${needed} is needed`);
}

/** Writes one message, field by field; values that are the default are left out, as proto3 has it. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  int32(field: number, value: number): this {
    if (value !== 0) this.#parts.push(tag(field, VARINT), varint(value));
    return this;
  }

  text(field: number, value: string): this {
    return value === "" ? this : this.#delimited(field, Buffer.from(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.#delimited(field, value);
  }

  /** Also when it is empty: that it is there is what it says. */
  message(field: number, value: Uint8Array): this {
    return this.#delimited(field, value);
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #delimited(field: number, value: Uint8Array): this {
    this.#parts.push(tag(field, DELIMITED), varint(value.length), value);
    return this;
  }
}

function tag(field: number, type: number): Uint8Array {
  return varint((field << 3) | type);
}

/** int32 below zero takes ten bytes, sign-extended to 64 bits. */
function varint(value: number): Uint8Array {
  if (value >= 0 && value < 0x80) return Uint8Array.of(value);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
