/** Adds 16-bit big-endian words to a running one's complement sum (RFC 1071). An odd last byte counts as a high byte. */
export function addToChecksum(sum: number, bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  for (; i + 1 < end; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  if (i < end) sum += bytes[i]! << 8;
  return sum;
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
