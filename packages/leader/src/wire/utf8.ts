import { DecodeError } from "@vipkit/net";

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 octets of a text. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Octets of a text in UTF-8; equal to its length where it is ASCII. */
export function utf8Length(text: string): number {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) >= 0x80) return encoder.encode(text).length;
  return text.length;
}

/**
 * The text in `bytes[start..end)`. Names are keys, so octets that are no UTF-8 are refused rather than replaced: two
 * different names must never become one.
 * @throws DecodeError `ERR_UTF8`
 */
export function utf8Text(bytes: Uint8Array, start: number, end: number, field: string): string {
  let text = "";
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i]!;
    if (byte >= 0x80) return decodeStrict(bytes, start, end, field);
    text += String.fromCharCode(byte);
  }
  return text;
}

/** True if the octets are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function decodeStrict(bytes: Uint8Array, start: number, end: number, field: string): string {
  try {
    return strict.decode(bytes.subarray(start, end));
  } catch {
    throw new DecodeError("ERR_UTF8", field, start, `${field} is not UTF-8`);
  }
}
