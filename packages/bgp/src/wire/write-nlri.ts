import { writeIpv4, writeIpv6 } from "@vipkit/net";
import type { Nlri } from "./nlri.js";

/** Octets that a route takes in its field. */
export function lengthOfNlri(nlri: Nlri, addPath: boolean): number {
  return (addPath ? 5 : 1) + ((nlri.length + 7) >>> 3);
}

export function lengthOfNlriList(list: readonly Nlri[], addPath: boolean): number {
  let length = 0;
  for (let i = 0; i < list.length; i += 1) length += lengthOfNlri(list[i]!, addPath);
  return length;
}

/** Octets 0 to 3 of the address as far as the prefix needs them; host bits are cleared. */
function writePrefix4(bytes: Uint8Array, at: number, ip: number, length: number): number {
  const word = length === 0 ? 0 : ip & (0xffff_ffff << (32 - length));
  bytes[at] = length;
  if (length > 24) {
    bytes[at + 1] = word >>> 24;
    bytes[at + 2] = word >>> 16;
    bytes[at + 3] = word >>> 8;
    bytes[at + 4] = word;
    return at + 5;
  }
  const end = at + 1 + ((length + 7) >>> 3);
  for (let octet = at + 1, shift = 24; octet < end; octet += 1, shift -= 8) bytes[octet] = word >>> shift;
  return end;
}

const ADDRESS = new Uint8Array(16);

function writePrefix6(bytes: Uint8Array, at: number, ip: bigint, length: number): number {
  writeIpv6(ADDRESS, 0, ip);
  const octets = (length + 7) >>> 3;
  bytes[at] = length;
  for (let i = 0; i < octets; i += 1) bytes[at + 1 + i] = ADDRESS[i]!;
  const spare = octets * 8 - length;
  if (spare > 0) bytes[at + octets] = ADDRESS[octets - 1]! & (0xff << spare);
  return at + 1 + octets;
}

/** From this many routes on a DataView is worth making: it writes an address in one step. */
const LONG_LIST = 32;

/** Writes the /32 that the list starts with; answers how many there are. */
function writeHostRoutes(bytes: Uint8Array, start: number, list: readonly Nlri[]): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const most = Math.min(list.length, Math.floor((bytes.length - start) / 5));
  let at = start;
  let count = 0;
  while (count < most) {
    const { ip, length } = list[count]!;
    if (length !== 32 || typeof ip !== "number") break;
    words.setUint8(at, 32);
    words.setUint32(at + 1, ip);
    at += 5;
    count += 1;
  }
  return count;
}

/** Writes routes one after the other and answers where they end; octets behind the end of `bytes` are dropped. */
export function writeNlri(bytes: Uint8Array, start: number, list: readonly Nlri[], addPath: boolean): number {
  const hosts = list.length < LONG_LIST || addPath ? 0 : writeHostRoutes(bytes, start, list);
  let at = start + 5 * hosts;
  for (let i = hosts; i < list.length; i += 1) {
    const { ip, length, pathId } = list[i]!;
    if (addPath) {
      writeIpv4(bytes, at, pathId ?? 0);
      at += 4;
    }
    at = typeof ip === "number" ? writePrefix4(bytes, at, ip, length) : writePrefix6(bytes, at, ip, length);
  }
  return at;
}
