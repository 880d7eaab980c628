import { AttributeFlag } from "./attribute-codes.js";

/**
 * Where the value of the attribute at `at` starts: behind flags, type and one or two octets of length (RFC 4271 section 4.3).
 * -1 when the header or the value does not fit before `end`.
 */
export function attributeValueStart(bytes: Uint8Array, at: number, end: number): number {
  const header = (bytes[at]! & AttributeFlag.extendedLength) === 0 ? 3 : 4;
  const value = at + header;
  if (value > end) return -1;
  const length = header === 3 ? bytes[at + 2]! : (bytes[at + 2]! << 8) | bytes[at + 3]!;
  return value + length > end ? -1 : value;
}

/** Where the value ends that starts at `value`, for an attribute that fits. */
export function attributeValueEnd(bytes: Uint8Array, at: number, value: number): number {
  return value + (value - at === 3 ? bytes[at + 2]! : (bytes[at + 2]! << 8) | bytes[at + 3]!);
}
