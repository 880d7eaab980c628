import { DecodeError } from "@vipkit/net";
import { LIMITS } from "./limits.js";

/**
 * LZW as memberlist compresses: least significant bit first, 8-bit literals, codes of 9 to 12 bits, clear code 256, end code
 * 257, no early change of width.
 */
const CLEAR = 256;
const END = 257;
const MAX_WIDTH = 12;
const NONE = 0xffff;

/**
 * Unpacks until the end code. Octets behind it are ignored.
 * @param maxBytes refuses a longer result
 * @throws DecodeError `ERR_LZW_TRUNCATED`, `ERR_LZW_CODE`, `ERR_LZW_SIZE`
 */
export function inflateLzw(bytes: Uint8Array, maxBytes: number = LIMITS.inflatedBytes): Uint8Array {
  const prefix = new Uint16Array(1 << MAX_WIDTH);
  const suffix = new Uint8Array(1 << MAX_WIDTH);
  const stack = new Uint8Array(1 << MAX_WIDTH);
  let output = new Uint8Array(Math.min(maxBytes, Math.max(64, bytes.length * 4)));
  let length = 0;
  let bits = 0;
  let held = 0;
  let at = 0;
  let width = 9;
  let high = END;
  let last = NONE;
  for (;;) {
    while (held < width) {
      if (at >= bytes.length)
        throw new DecodeError("ERR_LZW_TRUNCATED", "Buf", at, "compressed octets end before the end code");
      bits |= bytes[at++]! << held;
      held += 8;
    }
    const code = bits & ((1 << width) - 1);
    bits >>>= width;
    held -= width;
    if (code === END) return output.slice(0, length);
    if (code === CLEAR) {
      width = 9;
      high = END;
      last = NONE;
      continue;
    }
    if (code > high + (last === NONE ? 0 : 1) || (last === NONE && code > 255)) {
      throw new DecodeError("ERR_LZW_CODE", "Buf", at, `code ${code} is not in the table yet`);
    }
    let top = stack.length;
    let walk = code;
    if (code === high + 1) {
      // The code that is being defined right now: the previous string and its own first octet again.
      stack[--top] = firstOf(prefix, last);
      walk = last;
    }
    for (; walk > 255; walk = prefix[walk]!) stack[--top] = suffix[walk]!;
    stack[--top] = walk;
    const count = stack.length - top;
    if (length + count > maxBytes) {
      throw new DecodeError("ERR_LZW_SIZE", "Buf", at, `unpacked octets are more than ${maxBytes}`);
    }
    if (length + count > output.length) output = grown(output, Math.min(maxBytes, 2 * (length + count)));
    output.set(stack.subarray(top), length);
    length += count;
    if (last !== NONE && high < (1 << MAX_WIDTH) - 1) {
      high += 1;
      prefix[high] = last;
      suffix[high] = walk;
    }
    if (high + 1 >= 1 << width && width < MAX_WIDTH) width += 1;
    last = code;
  }
}

function firstOf(prefix: Uint16Array, code: number): number {
  let walk = code;
  while (walk > 255) walk = prefix[walk]!;
  return walk;
}

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}
