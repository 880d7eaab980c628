/** Adds 16-bit big-endian words to a running one's complement sum (RFC 1071). An odd last byte counts as a high byte. */
export function addToChecksum(sum: number, bytes: Uint8Array, start: number, end: number): number {
  // High and low octets are summed apart: no shifts on the way, and both sums stay small integers up to 8 MB.
  let high = 0;
  let low = 0;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    high += bytes[i]! + bytes[i + 2]! + bytes[i + 4]! + bytes[i + 6]!;
    low += bytes[i + 1]! + bytes[i + 3]! + bytes[i + 5]! + bytes[i + 7]!;
  }
  for (; i + 2 <= end; i += 2) {
    high += bytes[i]!;
    low += bytes[i + 1]!;
  }
  if (i < end) high += bytes[i]!;
  return sum + high * 256 + low;
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
