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
  let at = start;
  if (addPath) {
    while (at < end) {
      if (end - at < 5) return false;
      const bits = bytes[at + 4]!;
      if (bits > width) return false;
      at += 5 + ((bits + 7) >>> 3);
    }
  } else {
    while (at < end) {
      const bits = bytes[at]!;
      if (bits > width) return false;
      at += 1 + ((bits + 7) >>> 3);
    }
  }
  return at === end;
}

/** How many prefixes a valid field holds. */
export function countPrefixes(bytes: Uint8Array, start: number, end: number, addPath: boolean): number {
  const skip = addPath ? 4 : 0;
  let count = 0;
  for (let at = start; at < end; count += 1) {
    at += skip;
    at += 1 + ((bytes[at]! + 7) >>> 3);
  }
  return count;
}
