import type { Ip, Ipv6 } from "./ip.js";

/** 224.0.0.0/4 or ff00::/8 */
export function isMulticast(ip: Ip): boolean {
  return typeof ip === "number" ? ip >>> 28 === 0xe : ip >> 120n === 0xffn;
}

/** 169.254.0.0/16 or fe80::/10 */
export function isLinkLocal(ip: Ip): boolean {
  return typeof ip === "number" ? ip >>> 16 === 0xa9fe : ip >> 118n === 0x3fan;
}

/** 127.0.0.0/8 or ::1 */
export function isLoopback(ip: Ip): boolean {
  return typeof ip === "number" ? ip >>> 24 === 127 : ip === 1n;
}

/** 0.0.0.0 or :: */
export function isUnspecified(ip: Ip): boolean {
  return typeof ip === "number" ? ip === 0 : ip === 0n;
}

/** The solicited-node group of an address (RFC 4291 section 2.7.1): ff02::1:ff and its last 24 bits. */
export function solicitedNodeGroup(ip: Ipv6): Ipv6 {
  return 0xff02_0000_0000_0000_0000_0001_ff00_0000n | (ip & 0xff_ffffn);
}
