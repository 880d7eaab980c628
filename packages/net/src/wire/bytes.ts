import { DecodeError } from "../errors.js";

/**
 * Reads big-endian fields from bytes in order. A read past the end throws a DecodeError with the code given at creation;
 * nothing outside `start`..`end` is ever touched.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;
  readonly #truncatedCode: string;

  constructor(bytes: Uint8Array, truncatedCode = "ERR_TRUNCATED", start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = start;
    this.end = end;
    this.#truncatedCode = truncatedCode;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Claims the next `length` bytes and returns where they start. @throws DecodeError */
  take(length: number, field: string): number {
    const start = this.offset;
    if (length > this.end - start) {
      throw new DecodeError(
        this.#truncatedCode,
        field,
        start,
        `${field} needs ${length} octets at offset ${start}, ${this.end - start} are left`,
      );
    }
    this.offset = start + length;
    return start;
  }

  u8(field: string): number {
    return this.bytes[this.take(1, field)]!;
  }

  u16(field: string): number {
    const at = this.take(2, field);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  u32(field: string): number {
    const at = this.take(4, field);
    const b = this.bytes;
    return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
  }

  /** A copy: the result does not keep the caller's memory alive and does not change with it. */
  copy(length: number, field: string): Uint8Array {
    const at = this.take(length, field);
    return this.bytes.slice(at, at + length);
  }
}

/** Writes big-endian fields into a buffer of known length. The caller sizes the buffer with the `lengthOf` function first. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  offset: number;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.offset = 0;
  }

  u8(value: number): void {
    this.bytes[this.offset++] = value;
  }

  u16(value: number): void {
    this.bytes[this.offset++] = value >>> 8;
    this.bytes[this.offset++] = value;
  }

  u32(value: number): void {
    this.bytes[this.offset++] = value >>> 24;
    this.bytes[this.offset++] = value >>> 16;
    this.bytes[this.offset++] = value >>> 8;
    this.bytes[this.offset++] = value;
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.offset);
    this.offset += bytes.length;
  }
}

/** True if both hold the same octets. Not for secrets: it stops at the first difference. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
