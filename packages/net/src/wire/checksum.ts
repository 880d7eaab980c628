import type { Ipv6Words } from "./ipv6-words.js";

/** Adds 16-bit big-endian words to a running one's complement sum (RFC 1071). An odd last byte counts as a high byte. */
export function addToChecksum(sum: number, bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  // Sums of octets have a known range: one addition in eight octets, not every one, is tested for overflow.
  for (; i < end - 7; i += 8) {
    sum +=
      ((bytes[i]! + bytes[i + 2]! + bytes[i + 4]! + bytes[i + 6]!) << 8) +
      (bytes[i + 1]! + bytes[i + 3]! + bytes[i + 5]! + bytes[i + 7]!);
  }
  for (; i < end - 1; i += 2) sum += (bytes[i]! << 8) + bytes[i + 1]!;
  return i < end ? sum + (bytes[i]! << 8) : sum;
}

/** Adds the four words of an IPv6 address to a running sum: what `addToChecksum` makes of its sixteen octets. */
export function addIpv6WordsToChecksum(sum: number, { a, b, c, d }: Ipv6Words): number {
  return (
    sum + (a >>> 16) + (a & 0xffff) + (b >>> 16) + (b & 0xffff) + (c >>> 16) + (c & 0xffff) + (d >>> 16) + (d & 0xffff)
  );
}

/** Folds a running sum and complements it: the value that goes into the header. 0 on receive means that the sum was right. */
export function finishChecksum(sum: number): number {
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

/**
 * Internet checksum of an upper-layer IPv6 payload with the pseudo header of RFC 8200 section 8.1.
 * @param header where the IPv6 header starts in `bytes`: source at +8, destination at +24
 * @param start first octet of the payload
 * @param end behind its last octet
 */
export function ipv6Checksum(
  bytes: Uint8Array,
  header: number,
  start: number,
  end: number,
  nextHeader: number,
): number {
  const addresses = addToChecksum(0, bytes, header + 8, header + 40);
  return finishChecksum(addToChecksum(addresses + (end - start) + nextHeader, bytes, start, end));
}
