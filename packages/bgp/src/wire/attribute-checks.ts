import type { CodecContext } from "./context.js";
import { hasFamily, prefixWidth } from "./family.js";
import { UpdateSubcode } from "./notification-codes.js";
import { arePrefixesValid } from "./prefixes.js";

/**
 * Looks at the value of one attribute in `bytes` from `start` to `end`. Answers 0 when it is right, or the subcode of the
 * UPDATE Message Error; with `VALUE_ERROR` added when the value can be read but must not be used.
 */
export type ContentCheck = (bytes: Uint8Array, start: number, end: number, context: CodecContext) => number;

export const VALUE_ERROR = 0x100;

const MALFORMED_PATH = UpdateSubcode.malformedAsPath;
const LENGTH_ERROR = UpdateSubcode.attributeLengthError;
const OPTIONAL_ERROR = UpdateSubcode.optionalAttributeError;
const NETWORK_ERROR = UpdateSubcode.invalidNetworkField;

export function checkOrigin(bytes: Uint8Array, start: number): number {
  return bytes[start]! > 2 ? UpdateSubcode.invalidOriginAttribute | VALUE_ERROR : 0;
}

/** Walks the segments of a path whose AS numbers have `width` octets. */
function checkSegments(bytes: Uint8Array, start: number, end: number, width: number): number {
  let wrong = 0;
  let at = start;
  while (at < end) {
    if (end - at < 2) return MALFORMED_PATH;
    const type = bytes[at]!;
    const count = bytes[at + 1]!;
    at += 2;
    const next = at + count * width;
    if (next > end) return MALFORMED_PATH;
    if (type === 0 || type > 4 || count === 0) wrong = MALFORMED_PATH | VALUE_ERROR;
    // AS 0 (RFC 7607 section 2)
    for (; at < next; at += width) {
      if ((bytes[at]! | bytes[at + 1]!) === 0 && (width === 2 || (bytes[at + 2]! | bytes[at + 3]!) === 0)) {
        wrong = MALFORMED_PATH | VALUE_ERROR;
      }
    }
  }
  return wrong;
}

export function checkAsPath(bytes: Uint8Array, start: number, end: number, context: CodecContext): number {
  return checkSegments(bytes, start, end, context.as4 ? 4 : 2);
}

export function checkAs4Path(bytes: Uint8Array, start: number, end: number, context: CodecContext): number {
  const wrong = checkSegments(bytes, start, end, 4);
  // A speaker with four-octet AS numbers sends this to no other one (RFC 6793 section 4.1).
  return wrong === 0 && context.as4 ? OPTIONAL_ERROR | VALUE_ERROR : wrong;
}

export function checkAggregator(bytes: Uint8Array, start: number, end: number, context: CodecContext): number {
  if (end - start !== (context.as4 ? 8 : 6)) return LENGTH_ERROR;
  return isZero(bytes, start, end - 4) ? OPTIONAL_ERROR | VALUE_ERROR : 0;
}

export function checkAs4Aggregator(bytes: Uint8Array, start: number, end: number, context: CodecContext): number {
  return context.as4 || isZero(bytes, start, end - 4) ? OPTIONAL_ERROR | VALUE_ERROR : 0;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] !== 0) return false;
  return true;
}

/** RFC 7311 section 3: TLVs of at least three octets that fill the value; one of type 1 has eleven. */
export function checkAigp(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    if (end - at < 3) return OPTIONAL_ERROR;
    const length = (bytes[at + 1]! << 8) | bytes[at + 2]!;
    if (length < 3 || length > end - at) return OPTIONAL_ERROR;
    if (bytes[at] === 1 && length !== 11) return OPTIONAL_ERROR;
    at += length;
  }
  return 0;
}

/** Whether a next hop of this length can be one of the family (RFC 4760, 2545, 8950). Families we do not read take any. */
function isNextHopLength(length: number, afi: number, safi: number, context: CodecContext): boolean {
  const width = prefixWidth(afi, safi);
  if (width === 0) return true;
  if (width === 128) return length === 16 || length === 32;
  return length === 4 || ((length === 16 || length === 32) && hasFamily(context.extendedNextHop, afi, safi));
}

/** RFC 7606 section 7.11 and section 5.3 */
export function checkMpReach(bytes: Uint8Array, start: number, end: number, context: CodecContext): number {
  const afi = (bytes[start]! << 8) | bytes[start + 1]!;
  const safi = bytes[start + 2]!;
  const nextHopLength = bytes[start + 3]!;
  const nlri = start + 5 + nextHopLength;
  if (nlri > end || !isNextHopLength(nextHopLength, afi, safi, context)) return OPTIONAL_ERROR;
  const width = prefixWidth(afi, safi);
  if (width === 0) return 0;
  if (!arePrefixesValid(bytes, nlri, end, width, hasFamily(context.addPath.receive, afi, safi))) return NETWORK_ERROR;
  return nlri < end && isUselessNextHop(bytes, start + 4, nextHopLength)
    ? UpdateSubcode.invalidNextHopAttribute | VALUE_ERROR
    : 0;
}

/** RFC 7606 section 7.12 and section 5.3 */
export function checkMpUnreach(bytes: Uint8Array, start: number, end: number, context: CodecContext): number {
  const afi = (bytes[start]! << 8) | bytes[start + 1]!;
  const safi = bytes[start + 2]!;
  const width = prefixWidth(afi, safi);
  if (width === 0) return 0;
  const addPath = hasFamily(context.addPath.receive, afi, safi);
  return arePrefixesValid(bytes, start + 3, end, width, addPath) ? 0 : NETWORK_ERROR;
}

/** Unspecified, multicast or reserved: no host answers there, the route is to be ignored (RFC 4271 section 6.3). */
export function isUselessNextHop(bytes: Uint8Array, start: number, length: number): boolean {
  const first = bytes[start]!;
  return (length === 4 ? first >= 224 : first === 0xff) || (first === 0 && isZero(bytes, start, start + length));
}
