/**
 * Checks prefixes in their wire form (RFC 4271 section 4.3): a length in bits, then as many octets as that takes; with add-path
 * four octets of path identifier before it (RFC 7911 section 3).
 * @param width 32 or 128: the most bits a prefix may have
 * @returns false when a length is too large or a prefix runs over `end`
 */
export function arePrefixesValid(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  addPath: boolean,
): boolean {
  const skip = addPath ? 4 : 0;
  let at = start;
  while (at < end) {
    if (end - at <= skip) return false;
    const bits = bytes[at + skip]!;
    if (bits > width) return false;
    const step = skip + 1 + ((bits + 7) >>> 3);
    at = skipEqual(bytes, at + step, end, bits, step, skip);
  }
  return at === end;
}

/**
 * Passes over prefixes that are as long as the one before. Neighbours mostly are, and asking for it, four at a time, lets the
 * processor run ahead of what it reads.
 */
function skipEqual(bytes: Uint8Array, start: number, end: number, bits: number, step: number, skip: number): number {
  let at = start;
  const stride = 4 * step;
  const last = end - stride;
  while (at <= last) {
    const length = at + skip;
    if (bytes[length] !== bits || bytes[length + step] !== bits) break;
    if (bytes[length + 2 * step] !== bits || bytes[length + 3 * step] !== bits) break;
    at += stride;
  }
  while (at < end && bytes[at + skip] === bits) at += step;
  return at;
}

/** How many prefixes a valid field holds. */
export function countPrefixes(bytes: Uint8Array, start: number, end: number, addPath: boolean): number {
  const skip = addPath ? 4 : 0;
  let count = 0;
  let at = start;
  while (at < end) {
    const bits = bytes[at + skip]!;
    const step = skip + 1 + ((bits + 7) >>> 3);
    const next = skipEqual(bytes, at + step, end, bits, step, skip);
    count += (next - at) / step;
    at = next;
  }
  return count;
}
