import { ParseError } from "../errors.js";

/** A MAC address (EUI-48) as a number from 0 to 2^48 - 1, so that it compares with `===` and serves as a Map key. */
export type Mac = number;

/** ff:ff:ff:ff:ff:ff */
export const BROADCAST_MAC: Mac = 0xffff_ffff_ffff;

const MAC_TEXT = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i;

/** Reads `aa:bb:cc:dd:ee:ff` or `aa-bb-cc-dd-ee-ff`. @throws ParseError `ERR_MAC` */
export function parseMac(text: string): Mac {
  if (!MAC_TEXT.test(text)) {
    throw new ParseError("ERR_MAC", `"${text}" is not a MAC address`, { found: text, allowed: "aa:bb:cc:dd:ee:ff" });
  }
  return Number.parseInt(text.replaceAll(/[:-]/g, ""), 16);
}

/** Writes lower-case `aa:bb:cc:dd:ee:ff`. */
export function formatMac(mac: Mac): string {
  const hex = mac.toString(16).padStart(12, "0");
  return `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${hex.slice(10)}`;
}

/** The six bytes at `offset` as a number. The caller has checked that they are there. */
export function readMac(bytes: Uint8Array, offset: number): Mac {
  const high = (bytes[offset]! << 8) | bytes[offset + 1]!;
  const low =
    ((bytes[offset + 2]! << 24) | (bytes[offset + 3]! << 16) | (bytes[offset + 4]! << 8) | bytes[offset + 5]!) >>> 0;
  return high * 0x1_0000_0000 + low;
}

/** Writes six bytes at `offset`. */
export function writeMac(bytes: Uint8Array, offset: number, mac: Mac): void {
  const high = Math.floor(mac / 0x1_0000_0000);
  const low = mac >>> 0;
  bytes[offset] = high >>> 8;
  bytes[offset + 1] = high;
  bytes[offset + 2] = low >>> 24;
  bytes[offset + 3] = low >>> 16;
  bytes[offset + 4] = low >>> 8;
  bytes[offset + 5] = low;
}

/** The group bit (IEEE 802): true for multicast and broadcast. */
export function isGroupMac(mac: Mac): boolean {
  return (Math.floor(mac / 0x100_0000_0000) & 1) === 1;
}

/** Ethernet group of an IPv6 multicast address (RFC 2464 section 7): 33:33 and its last 32 bits. */
export function multicastMac(last32Bits: number): Mac {
  return 0x3333_0000_0000 + (last32Bits >>> 0);
}
