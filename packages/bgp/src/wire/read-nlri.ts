import { maskIp, readIpv4 } from "@vipkit/net";
import type { Nlri } from "./nlri.js";

/** The prefix octets at `at` as a number, host bits cleared. */
export function readPrefix4(bytes: Uint8Array, at: number, bits: number): number {
  if (bits === 32) return readIpv4(bytes, at);
  if (bits > 16)
    return maskWord(
      (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | (bits > 24 ? bytes[at + 3]! : 0),
      bits,
    );
  return maskWord((bits > 0 ? bytes[at]! << 24 : 0) | (bits > 8 ? bytes[at + 1]! << 16 : 0), bits);
}

/** `bits` from 0 to 32 */
function maskWord(word: number, bits: number): number {
  return bits === 0 ? 0 : (word & (0xffff_ffff << (32 - bits))) >>> 0;
}

/** The prefix octets at `at` as a bigint, host bits cleared. */
export function readPrefix6(bytes: Uint8Array, at: number, bits: number): bigint {
  let ip = 0n;
  for (let bit = 0; bit < 128; bit += 32) ip = (ip << 32n) | BigInt(readWord(bytes, at + bit / 8, bits - bit));
  return maskIp(ip, bits) as bigint;
}

function readWord(bytes: Uint8Array, at: number, bits: number): number {
  let word = 0;
  for (let octet = 0; octet < 4 && octet * 8 < bits; octet += 1) word |= bytes[at + octet]! << (24 - octet * 8);
  return word >>> 0;
}

/** Reads a field that `arePrefixesValid` has passed. One object a prefix: where that is too much, use a cursor. */
export function readNlri(bytes: Uint8Array, start: number, end: number, width: number, addPath: boolean): Nlri[] {
  const found: Nlri[] = [];
  let at = start;
  while (at < end) {
    const pathId = addPath ? readIpv4(bytes, at) : 0;
    if (addPath) at += 4;
    const length = bytes[at]!;
    const ip = width === 32 ? readPrefix4(bytes, at + 1, length) : readPrefix6(bytes, at + 1, length);
    found.push(addPath ? { ip, length, pathId } : { ip, length });
    at += 1 + ((length + 7) >>> 3);
  }
  return found;
}
