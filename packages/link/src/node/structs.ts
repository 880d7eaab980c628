import { blob, s32, struct, u16, u16be, u32, u8, type Layout } from "buffer-layout";
import { ipToBytes, type Endpoint, type Ip } from "@vipkit/net";

/**
 * The kernel's C structures, byte by byte as on 64-bit little-endian Linux. Gaps that a C compiler leaves are spelled out. A
 * wrong size here is a wrong memory access there, so the tests compare every span with what a C compiler says.
 */

/** `struct sockaddr_ll` */
export const sockaddrLl: Layout<{
  family: number;
  protocol: number;
  ifindex: number;
  hatype: number;
  pkttype: number;
  halen: number;
  addr: Buffer;
}> = struct([
  u16("family"),
  u16be("protocol"),
  s32("ifindex"),
  u16("hatype"),
  u8("pkttype"),
  u8("halen"),
  blob(8, "addr"),
]);

/** `struct sockaddr_nl` */
export const sockaddrNl: Layout<{ family: number; pad: number; pid: number; groups: number }> = struct([
  u16("family"),
  u16("pad"),
  u32("pid"),
  u32("groups"),
]);

/** `struct sockaddr_in` */
export const sockaddrIn: Layout<{ family: number; port: number; addr: Buffer; zero: Buffer }> = struct([
  u16("family"),
  u16be("port"),
  blob(4, "addr"),
  blob(8, "zero"),
]);

/** `struct sockaddr_in6` */
export const sockaddrIn6: Layout<{ family: number; port: number; flowinfo: number; addr: Buffer; scope: number }> =
  struct([u16("family"), u16be("port"), u32("flowinfo"), blob(16, "addr"), u32("scope")]);

/** `struct sock_filter` */
export const sockFilter: Layout<{ code: number; jt: number; jf: number; k: number }> = struct([
  u16("code"),
  u8("jt"),
  u8("jf"),
  u32("k"),
]);

/** `struct sock_fprog` */
export const sockFprog: Layout<{ len: number; pad: Buffer; filter: Buffer }> = struct([
  u16("len"),
  blob(6, "pad"),
  blob(8, "filter"),
]);

/** `struct packet_mreq` */
export const packetMreq: Layout<{ ifindex: number; type: number; alen: number; address: Buffer }> = struct([
  s32("ifindex"),
  u16("type"),
  u16("alen"),
  blob(8, "address"),
]);

/** `struct ipv6_mreq` */
export const ipv6Mreq: Layout<{ group: Buffer; ifindex: number }> = struct([blob(16, "group"), s32("ifindex")]);

/** The most bytes a TCP-MD5 key has. */
export const MD5_KEY_LENGTH = 80;

/** `struct tcp_md5sig` */
export const tcpMd5sig: Layout<{
  addr: Buffer;
  flags: number;
  prefixlen: number;
  keylen: number;
  ifindex: number;
  key: Buffer;
}> = struct([
  blob(128, "addr"),
  u8("flags"),
  u8("prefixlen"),
  u16("keylen"),
  s32("ifindex"),
  blob(MD5_KEY_LENGTH, "key"),
]);

/** Bytes that begin with these and end with zeros. */
export function padded(bytes: Uint8Array, length: number): Buffer {
  const result = Buffer.alloc(length);
  result.set(bytes);
  return result;
}

/** The bytes of a structure. */
export function encode<T>(layout: Layout<T>, value: T): Buffer {
  const bytes = Buffer.alloc(layout.span);
  layout.encode(value, bytes);
  return bytes;
}

/** `struct sockaddr_in` or `sockaddr_in6` of an endpoint; `scope` is the index of its zone, 0 for none. */
export function encodeSockaddr({ ip, port }: Pick<Endpoint, "ip" | "port">, scope: number): Buffer {
  const addr = padded(ipToBytes(ip), typeof ip === "number" ? 4 : 16);
  return typeof ip === "number"
    ? encode(sockaddrIn, { family: 2, port, addr, zero: Buffer.alloc(8) })
    : encode(sockaddrIn6, { family: 10, port, flowinfo: 0, addr, scope });
}

export function familyNumber(ip: Ip): number {
  return typeof ip === "number" ? 2 : 10;
}

/** A C `int`. */
export function encodeInt(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
