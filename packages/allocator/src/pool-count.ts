import { rangeToPrefixes, widthOf, type Prefix, type Range } from "@vipkit/net";

/** Counts go into signed 64-bit fields elsewhere and stop there. */
const MOST: bigint = 2n ** 63n - 1n;

/** True for an IPv4 address that ends in 0 or 255. IPv6 addresses never are. */
export function isBuggy(ip: number | bigint): boolean {
  return typeof ip === "number" && ((ip & 0xff) === 0 || (ip & 0xff) === 0xff);
}

function buggyIn({ ip, length }: Prefix): bigint {
  if (typeof ip !== "number") return 0n;
  if (length <= 24) return 2n << BigInt(24 - length);
  const last = (ip & 0xff) + 2 ** (32 - length) - 1;
  const edges = ((ip & 0xff) === 0 ? 1n : 0n) + (last === 0xff ? 1n : 0n);
  return edges;
}

/** Usable addresses of the ranges; one prefix of 2^62 addresses or more counts as 2^63 - 1, and sums stop there. */
export function capacityOf(ranges: readonly Range[], avoidBuggyIPs: boolean): bigint {
  let total = 0n;
  for (const prefix of ranges.flatMap(rangeToPrefixes)) {
    const hostBits = widthOf(prefix.ip) - prefix.length;
    if (hostBits >= 62) return MOST;
    total += (1n << BigInt(hostBits)) - (avoidBuggyIPs ? buggyIn(prefix) : 0n);
  }
  return total > MOST ? MOST : total;
}
