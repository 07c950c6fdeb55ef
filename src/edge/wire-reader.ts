const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Walks through the fields of one protobuf message, and of those inside it, without making objects of them. Throws a
 * RangeError where the message ends too early or has a form that proto3 does not.
 */
export class WireReader {
  readonly bytes: Buffer;
  /** Where the next field begins. */
  #at: number;
  #end: number;
  /** Number of the field that `next` came to. */
  field = 0;
  /** Where that field's bytes begin and end; of a field that is no bytes, both where it ends. */
  from = 0;
  to = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#at = 0;
    this.#end = bytes.length;
  }

  /** Goes to the next field of the message. False at its end. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.field = tag >>> 3;
    const type = tag & 7;
    if (type === BYTES) {
      const length = this.#varint();
      this.#at += length;
      this.from = this.#at - length;
    } else if (type === VARINT) {
      this.#varint();
    } else if (type === FIXED64 || type === FIXED32) {
      this.#at += type === FIXED64 ? 8 : 4;
    } else {
      throw new RangeError('a field of a type that proto3 does not have');
    }
    if (type !== BYTES) this.from = this.#at;
    this.to = this.#at;
    if (this.#at > this.#end) throw new RangeError('a message that ends too early');
    return true;
  }

  /** Goes into the message that the present field is. Gives back where the one around it ends, for `leave`. */
  enter(): number {
    const end = this.#end;
    this.#at = this.from;
    this.#end = this.to;
    return end;
  }

  /** Goes on after the message that was entered, and read to its end. */
  leave(end: number): void {
    this.#at = this.#end;
    this.#end = end;
  }

  /** The present field as a text, a byte a character: header values are bytes, and those that matter are ASCII. */
  text(): string {
    return this.bytes.toString('latin1', this.from, this.to);
  }

  /** Up to 35 bits; a longer one is a length that no message has. */
  #varint(): number {
    const first = this.bytes[this.#at++];
    if (first === undefined) throw new RangeError('a message that ends too early');
    return first < 0x80 ? first : this.#longVarint(first & 0x7f);
  }

  #longVarint(low: number): number {
    let value = low;
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.bytes[this.#at++];
      if (byte === undefined) throw new RangeError('a message that ends too early');
      if (shift < 28) value |= (byte & 0x7f) << shift;
      else if (shift === 28) value += (byte & 0x7f) * 0x1000_0000;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number that does not end');
  }
}
