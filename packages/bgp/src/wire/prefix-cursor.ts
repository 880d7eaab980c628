import { readIpv4, type Prefix } from "@vipkit/net";
import type { Family } from "./family.js";
import { countPrefixes } from "./prefixes.js";
import { readPrefix4, readPrefix6 } from "./read-nlri.js";

/** Routes of one family inside a received message: a part of the caller's bytes that has been checked. */
export interface NlriSpan {
  readonly family: Family;
  /** 32 or 128; 0 for families that this codec does not read, whose octets are between `start` and `end` as they came. */
  readonly width: 0 | 32 | 128;
  /** Each prefix has a path identifier before it. */
  readonly addPath: boolean;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Number of routes in the span; 0 for families that are not read. */
export function countNlri({ width, addPath, bytes, start, end }: NlriSpan): number {
  return width === 0 ? 0 : countPrefixes(bytes, start, end, addPath);
}

/** Walks over routes without making an object for each: `while (cursor.next()) use(cursor.ip4, cursor.length)`. */
export interface PrefixCursor {
  /** Goes to the next route; false behind the last one. */
  next(): boolean;
  /** Bits of the prefix. */
  readonly length: number;
  /** Path identifier; 0 without add-path. */
  readonly pathId: number;
  /** The IPv4 address as a number, host bits zero; 0 for other families. */
  readonly ip4: number;
  /** The IPv6 address as a bigint, made when asked for; 0n for other families. */
  readonly ip6: bigint;
  /** Where the octets of the prefix start in the span's bytes, and how many there are. */
  readonly offset: number;
  readonly octets: number;
}

class Cursor implements PrefixCursor {
  length = 0;
  pathId = 0;
  ip4 = 0;
  offset = 0;
  octets = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #addPath: boolean;
  readonly #width: number;
  #at: number;

  constructor({ bytes, start, end, addPath, width }: NlriSpan) {
    this.#bytes = bytes;
    this.#at = width === 0 ? end : start;
    this.#end = end;
    this.#addPath = addPath;
    this.#width = width;
  }

  next(): boolean {
    let at = this.#at;
    if (at >= this.#end) return false;
    const bytes = this.#bytes;
    if (this.#addPath) {
      this.pathId = readIpv4(bytes, at);
      at += 4;
    }
    const length = bytes[at]!;
    const octets = (length + 7) >>> 3;
    this.length = length;
    this.octets = octets;
    this.offset = at + 1;
    if (this.#width === 32) this.ip4 = readPrefix4(bytes, at + 1, length);
    this.#at = at + 1 + octets;
    return true;
  }

  get ip6(): bigint {
    return this.#width === 128 ? readPrefix6(this.#bytes, this.offset, this.length) : 0n;
  }
}

export function createPrefixCursor(span: NlriSpan): PrefixCursor {
  return new Cursor(span);
}

/**
 * The IPv4 routes of a span as numbers, one each: `address * 64 + length` (at most 38 bits, so exact). Path identifiers are left
 * out. Empty for other families.
 */
export function packPrefixes(span: NlriSpan): Float64Array {
  const packed = new Float64Array(span.width === 32 ? countNlri(span) : 0);
  packPrefixesInto(span, packed);
  return packed;
}

/**
 * `packPrefixes` into memory that is there already: `target` takes the numbers from its start on. Answers how many it took;
 * routes for which there is no room are left out.
 */
export function packPrefixesInto(span: NlriSpan, target: Float64Array): number {
  if (span.width !== 32) return 0;
  const { bytes, end } = span;
  const room = target.length;
  const skip = span.addPath ? 4 : 0;
  let at = span.start + skip;
  let count = 0;
  while (at < end && count < room) {
    const length = bytes[at]!;
    if (length === 32 && end - at > LONG_RUN) {
      const taken = packHostRoutes(span, at, target, count);
      count += taken;
      at += taken * (5 + skip);
    } else {
      target[count] = readPrefix4(bytes, at + 1, length) * 64 + length;
      count += 1;
      at += 1 + ((length + 7) >>> 3) + skip;
    }
  }
  return count;
}

/** From this many octets on a DataView is worth making: it reads an address in one step. */
const LONG_RUN = 64;

/** Packs the /32 that follow one another from the length octet at `start` on; answers how many there were, at least one. */
function packHostRoutes({ bytes, end, addPath }: NlriSpan, start: number, target: Float64Array, from: number): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, end);
  const step = addPath ? 9 : 5;
  const room = target.length;
  let at = start;
  let count = from;
  while (at < end && count < room && words.getUint8(at) === 32) {
    target[count] = words.getUint32(at + 1) * 64 + 32;
    count += 1;
    at += step;
  }
  return count - from;
}

/** The prefix in a number made by `packPrefixes`. */
export function unpackPrefix(packed: number): Prefix {
  const length = packed % 64;
  return { ip: (packed - length) / 64, length };
}
