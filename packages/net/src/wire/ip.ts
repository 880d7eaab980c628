import { Address4, Address6 } from "ip-address";
import { ParseError } from "../errors.js";

/** An IPv4 address as an unsigned 32-bit number. */
export type Ipv4 = number;
/** An IPv6 address as a bigint from 0 to 2^128 - 1. The packet path reads words in place instead, see `Ipv6Table`. */
export type Ipv6 = bigint;
/** An address of either family: `typeof ip === "number"` is IPv4. */
export type Ip = Ipv4 | Ipv6;

export type IpFamily = "ipv4" | "ipv6";

/** An address together with the zone it is valid in (RFC 4007), as in `fe80::1%eth0`. */
export interface ScopedIp {
  readonly ip: Ip;
  readonly zone: string | undefined;
}

export const MAX_IPV4: Ipv4 = 0xffff_ffff;
export const MAX_IPV6: Ipv6 = (1n << 128n) - 1n;

const DECIMAL_QUAD = /^(?:\d{1,3}\.){3}\d{1,3}$/;
const IPV6_CHARACTERS = /^[0-9a-fA-F:.]+$/;
const MAPPED = 0xffffn;

export function isIpv4(ip: Ip): ip is Ipv4 {
  return typeof ip === "number";
}

export function isIpv6(ip: Ip): ip is Ipv6 {
  return typeof ip === "bigint";
}

export function familyOf(ip: Ip): IpFamily {
  return typeof ip === "number" ? "ipv4" : "ipv6";
}

/** IPv4 before IPv6, then by value. */
export function compareIp(a: Ip, b: Ip): number {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Reads four decimal octets. Leading zeros (`010.0.0.1`), missing octets, hexadecimal and single numbers are refused: other
 * programs read them differently, and a wrong address is worse than none.
 * @throws ParseError `ERR_IPV4`
 */
export function parseIpv4(text: string): Ipv4 {
  const octets = DECIMAL_QUAD.test(text) ? text.split(".") : [];
  if (octets.length === 4 && octets.every((octet) => String(Number(octet)) === octet) && Address4.isValid(text)) {
    return Number(new Address4(text).bigInt());
  }
  throw new ParseError("ERR_IPV4", `"${text}" is not an IPv4 address`, {
    found: text,
    allowed: "four decimal octets from 0 to 255 without leading zeros",
  });
}

/** Reads RFC 4291 section 2.2 text without a zone. @throws ParseError `ERR_IPV6` */
export function parseIpv6(text: string): Ipv6 {
  if (IPV6_CHARACTERS.test(text) && Address6.isValid(text)) {
    const quad = text.lastIndexOf(":") < text.indexOf(".") ? text.slice(text.lastIndexOf(":") + 1) : undefined;
    if (quad !== undefined) parseIpv4(quad);
    return new Address6(text).bigInt();
  }
  throw new ParseError("ERR_IPV6", `"${text}" is not an IPv6 address`, {
    found: text,
    allowed: "an IPv6 address such as 2001:db8::1, without zone and without prefix length",
  });
}

/** Reads an address of either family. @throws ParseError `ERR_IPV4`, `ERR_IPV6`, `ERR_ZONE` */
export function parseIp(text: string): Ip {
  if (text.includes("%")) {
    throw new ParseError("ERR_ZONE", `"${text}" carries a zone, which is not allowed here`, {
      found: text,
      allowed: "an address without %zone",
    });
  }
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** Reads an address that may carry a zone, as link-local peers do: `fe80::1%eth0`. @throws ParseError */
export function parseScopedIp(text: string): ScopedIp {
  const mark = text.indexOf("%");
  if (mark < 0) return { ip: parseIp(text), zone: undefined };
  const ip = parseIpv6(text.slice(0, mark));
  const zone = text.slice(mark + 1);
  if (!/^[^\s%/]{1,15}$/.test(zone)) {
    throw new ParseError("ERR_ZONE", `"${zone}" is not an interface name`, {
      found: zone,
      allowed: "1 to 15 characters without blanks, % and /",
    });
  }
  return { ip, zone };
}

/** `parseIp` that answers undefined instead of throwing. */
export function tryParseIp(text: string): Ip | undefined {
  try {
    return parseIp(text);
  } catch {
    return undefined;
  }
}

export function formatIpv4(ip: Ipv4): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}

/** Canonical text (RFC 5952); IPv4-mapped addresses in the mixed form of its section 5. */
export function formatIpv6(ip: Ipv6): string {
  if (ip >> 32n === MAPPED) return `::ffff:${formatIpv4(Number(ip & 0xffff_ffffn))}`;
  return Address6.fromBigInt(ip).correctForm();
}

/** Canonical text of either family. */
export function formatIp(ip: Ip): string {
  return typeof ip === "number" ? formatIpv4(ip) : formatIpv6(ip);
}

/** Canonical text with the zone, if there is one. */
export function formatScopedIp({ ip, zone }: ScopedIp): string {
  return zone === undefined ? formatIp(ip) : `${formatIp(ip)}%${zone}`;
}

/** Canonical form of any readable spelling. @throws ParseError */
export function canonicalIp(text: string): string {
  return formatIp(parseIp(text));
}

/** The four octets at `offset` as an unsigned number. The caller has checked that they are there. */
export function readIpv4(bytes: Uint8Array, offset: number): Ipv4 {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}

export function writeIpv4(bytes: Uint8Array, offset: number, ip: Ipv4): void {
  // Once to an integer, not with every shift: addresses above 2^31 are kept as doubles.
  const word = ip | 0;
  bytes[offset] = word >> 24;
  bytes[offset + 1] = word >> 16;
  bytes[offset + 2] = word >> 8;
  bytes[offset + 3] = word;
}

/** Where bigints are taken apart and put together, 64 bits at a time: each operation on one costs a new one. */
const halves = new DataView(new ArrayBuffer(16));

/** The sixteen octets at `offset` as a bigint (several times the cost of words: for configuration and tests, not for every packet). */
export function readIpv6(bytes: Uint8Array, offset: number): Ipv6 {
  for (let at = 0; at < 16; at += 4) halves.setUint32(at, readIpv4(bytes, offset + at));
  return (halves.getBigUint64(0) << 64n) | halves.getBigUint64(8);
}

export function writeIpv6(bytes: Uint8Array, offset: number, ip: Ipv6): void {
  halves.setBigUint64(0, ip >> 64n);
  halves.setBigUint64(8, ip);
  for (let at = 0; at < 16; at += 4) writeIpv4(bytes, offset + at, halves.getUint32(at));
}

/** Four or sixteen octets. */
export function ipToBytes(ip: Ip): Uint8Array {
  if (typeof ip === "number") {
    const bytes = new Uint8Array(4);
    writeIpv4(bytes, 0, ip);
    return bytes;
  }
  const bytes = new Uint8Array(16);
  writeIpv6(bytes, 0, ip);
  return bytes;
}

/** Reads four or sixteen octets. @throws ParseError `ERR_IP_LENGTH` */
export function ipFromBytes(bytes: Uint8Array): Ip {
  if (bytes.length === 4) return readIpv4(bytes, 0);
  if (bytes.length === 16) return readIpv6(bytes, 0);
  throw new ParseError("ERR_IP_LENGTH", `an address has 4 or 16 octets, not ${bytes.length}`, {
    found: String(bytes.length),
    allowed: "4 or 16",
  });
}
