import type { Prefix } from "@vipkit/net";

/** Prefixes as numbers in rows: thousands of small objects take several times as long to cross between threads. */
export interface PackedPrefixes {
  readonly ipv4: Uint32Array;
  readonly ipv4Lengths: Uint8Array;
  /** Two for each address, the high half first. */
  readonly ipv6: BigUint64Array;
  readonly ipv6Lengths: Uint8Array;
}

const HALF = 64n;
const LOW = (1n << HALF) - 1n;

export function packPrefixRows(prefixes: readonly Prefix[]): PackedPrefixes {
  const four: number[] = [];
  const fourLengths: number[] = [];
  const six: bigint[] = [];
  const sixLengths: number[] = [];
  for (const { ip, length } of prefixes) {
    if (typeof ip === "number") {
      four.push(ip);
      fourLengths.push(length);
    } else {
      six.push(ip >> HALF, ip & LOW);
      sixLengths.push(length);
    }
  }
  return {
    ipv4: Uint32Array.from(four),
    ipv4Lengths: Uint8Array.from(fourLengths),
    ipv6: BigUint64Array.from(six),
    ipv6Lengths: Uint8Array.from(sixLengths),
  };
}

export function unpackPrefixRows({ ipv4, ipv4Lengths, ipv6, ipv6Lengths }: PackedPrefixes): Prefix[] {
  const prefixes: Prefix[] = [];
  for (let at = 0; at < ipv4.length; at += 1) prefixes.push({ ip: ipv4[at]!, length: ipv4Lengths[at]! });
  for (let at = 0; at < ipv6Lengths.length; at += 1) {
    prefixes.push({ ip: (ipv6[2 * at]! << HALF) | ipv6[2 * at + 1]!, length: ipv6Lengths[at]! });
  }
  return prefixes;
}
