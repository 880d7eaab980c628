import type { Ipv6 } from "./ip.js";

/**
 * An IPv6 address as four signed 32-bit words, highest first. Decoded packets hold addresses like this: reading three of them
 * takes a fifth of the time of 16-byte copies and a twelfth of that of bigints, because small integers need no memory of
 * their own.
 */
export interface Ipv6Words {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** The four octets at `at` as a signed number. @internal */
export function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** The sixteen octets at `offset`. The caller has checked that they are there. */
export function readIpv6Words(bytes: Uint8Array, offset: number): Ipv6Words {
  return {
    a: readWord(bytes, offset),
    b: readWord(bytes, offset + 4),
    c: readWord(bytes, offset + 8),
    d: readWord(bytes, offset + 12),
  };
}

/** Writes sixteen octets at `offset`. Spelled out: what calls this often is too large for four more calls to be inlined. */
export function writeIpv6Words(bytes: Uint8Array, offset: number, { a, b, c, d }: Ipv6Words): void {
  bytes[offset] = a >> 24;
  bytes[offset + 1] = a >> 16;
  bytes[offset + 2] = a >> 8;
  bytes[offset + 3] = a;
  bytes[offset + 4] = b >> 24;
  bytes[offset + 5] = b >> 16;
  bytes[offset + 6] = b >> 8;
  bytes[offset + 7] = b;
  bytes[offset + 8] = c >> 24;
  bytes[offset + 9] = c >> 16;
  bytes[offset + 10] = c >> 8;
  bytes[offset + 11] = c;
  bytes[offset + 12] = d >> 24;
  bytes[offset + 13] = d >> 16;
  bytes[offset + 14] = d >> 8;
  bytes[offset + 15] = d;
}

/** The four words of an address. */
export function ipv6ToWords(ip: Ipv6): Ipv6Words {
  return {
    a: Number(BigInt.asIntN(32, ip >> 96n)),
    b: Number(BigInt.asIntN(32, ip >> 64n)),
    c: Number(BigInt.asIntN(32, ip >> 32n)),
    d: Number(BigInt.asIntN(32, ip)),
  };
}

/** The address of four words. */
export function ipv6FromWords({ a, b, c, d }: Ipv6Words): Ipv6 {
  return (BigInt(a >>> 0) << 96n) | (BigInt(b >>> 0) << 64n) | (BigInt(c >>> 0) << 32n) | BigInt(d >>> 0);
}

export function sameIpv6Words(x: Ipv6Words, y: Ipv6Words): boolean {
  return x.a === y.a && x.b === y.b && x.c === y.c && x.d === y.d;
}
