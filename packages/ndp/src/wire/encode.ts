import {
  addIpv6WordsToChecksum,
  addToChecksum,
  ETHERTYPE_IPV6,
  finishChecksum,
  lengthOfEthernet,
  MIN_FRAME_OCTETS,
  VipkitError,
  writeEthernet,
  writeIpv4,
  writeIpv6Words,
  type Ipv6Words,
  type Mac,
  type VlanTag,
} from "@vipkit/net";
import { lengthOfNdpOption, preferenceBits, writeNdpOption } from "./encode-option.js";
import { ICMPV6, IPV6_HEADER_OCTETS } from "./fault.js";
import { minimumOctets } from "./message-fault.js";
import { NDP_TYPES, type NdpMessage, type RouterAdvertisement } from "./message.js";

/** What a frame needs to be written. The hop limit is 255, whatever was received (RFC 4861). */
export interface NdpFrameFields {
  readonly eth: { readonly dst: Mac; readonly src: Mac; readonly tags?: readonly VlanTag[] | undefined };
  readonly ip: { readonly src: Ipv6Words; readonly dst: Ipv6Words };
  readonly message: NdpMessage;
}

/** Octets of the ICMPv6 message. */
export function lengthOfNdpMessage(message: NdpMessage): number {
  let octets = minimumOctets(NDP_TYPES[message.name])!;
  for (const option of message.options) octets += lengthOfNdpOption(option);
  return octets;
}

/** Octets of the frame without its checksum: at least 60. */
export function lengthOfNdpFrame({ eth, message }: NdpFrameFields): number {
  return Math.max(MIN_FRAME_OCTETS, lengthOfEthernet(eth) + IPV6_HEADER_OCTETS + lengthOfNdpMessage(message));
}

/** Type, code, a checksum of zero, and the 32 bits behind them. */
function writeHead(bytes: Uint8Array, at: number, type: number, word: number): void {
  bytes[at] = type;
  bytes[at + 1] = 0;
  bytes[at + 2] = 0;
  bytes[at + 3] = 0;
  bytes[at + 4] = word >> 24;
  bytes[at + 5] = word >> 16;
  bytes[at + 6] = word >> 8;
  bytes[at + 7] = word;
}

function writeRouterAdvertisement(bytes: Uint8Array, at: number, message: RouterAdvertisement): void {
  const { managed, other, homeAgent, preference } = message;
  const flags = (managed ? 0x80 : 0) | (other ? 0x40 : 0) | (homeAgent ? 0x20 : 0) | preferenceBits(preference);
  const word = (message.curHopLimit << 24) | (flags << 16) | message.routerLifetimeSeconds;
  writeHead(bytes, at, NDP_TYPES.ra, word);
  writeIpv4(bytes, at + 8, message.reachableTimeMs);
  writeIpv4(bytes, at + 12, message.retransTimerMs);
}

/** Writes what comes before the options, which start where it returns. */
function writeFields(bytes: Uint8Array, at: number, message: NdpMessage): number {
  switch (message.name) {
    case "na": {
      const { router, solicited, override, target } = message;
      const flags = (router ? 0x80 : 0) | (solicited ? 0x40 : 0) | (override ? 0x20 : 0);
      writeHead(bytes, at, NDP_TYPES.na, flags << 24);
      writeIpv6Words(bytes, at + 8, target);
      return at + 24;
    }
    case "ns":
      writeHead(bytes, at, NDP_TYPES.ns, 0);
      writeIpv6Words(bytes, at + 8, message.target);
      return at + 24;
    case "ra":
      writeRouterAdvertisement(bytes, at, message);
      return at + 16;
    case "rs":
      writeHead(bytes, at, NDP_TYPES.rs, 0);
      return at + 8;
    case "redirect":
      writeHead(bytes, at, NDP_TYPES.redirect, 0);
      writeIpv6Words(bytes, at + 8, message.target);
      writeIpv6Words(bytes, at + 24, message.destination);
      return at + 40;
  }
}

/** The IPv6 header of a message of so many octets. */
function writeIpv6Header(bytes: Uint8Array, at: number, octets: number, ip: NdpFrameFields["ip"]): void {
  bytes[at] = 0x60;
  bytes[at + 1] = 0;
  bytes[at + 2] = 0;
  bytes[at + 3] = 0;
  bytes[at + 4] = octets >> 8;
  bytes[at + 5] = octets;
  bytes[at + 6] = ICMPV6;
  bytes[at + 7] = 255;
  writeIpv6Words(bytes, at + 8, ip.src);
  writeIpv6Words(bytes, at + 24, ip.dst);
}

/**
 * Writes a message alone at `at`, checksum included, and returns where it ends. The caller has made room for
 * `lengthOfNdpMessage`.
 * @param ip the addresses of the packet that it will travel in: the checksum covers them (RFC 8200 section 8.1)
 * @throws VipkitError `ERR_NDP_TOO_LONG`, `ERR_NDP_OPTION_TOO_LONG`
 */
export function writeNdpMessage(bytes: Uint8Array, at: number, message: NdpMessage, ip: NdpFrameFields["ip"]): number {
  let end = writeFields(bytes, at, message);
  for (const option of message.options) end = writeNdpOption(bytes, end, option);
  const octets = end - at;
  if (octets > 0xffff) {
    throw new VipkitError("ERR_NDP_TOO_LONG", "the options do not fit into an IPv6 packet", {
      found: String(octets),
      allowed: "65535",
    });
  }
  const addresses = addIpv6WordsToChecksum(addIpv6WordsToChecksum(octets + ICMPV6, ip.src), ip.dst);
  const checksum = finishChecksum(addToChecksum(addresses, bytes, at, end));
  bytes[at + 2] = checksum >>> 8;
  bytes[at + 3] = checksum;
  return end;
}

/** A message alone, checksum included, as raw ICMPv6 sockets take it. @throws VipkitError as `writeNdpMessage` */
export function encodeNdpMessage(message: NdpMessage, ip: NdpFrameFields["ip"]): Uint8Array {
  const bytes = new Uint8Array(lengthOfNdpMessage(message));
  writeNdpMessage(bytes, 0, message, ip);
  return bytes;
}

/**
 * Writes the frame at the start of `bytes`, checksum included, and returns its length. For senders that keep one buffer; the
 * caller has made room for `lengthOfNdpFrame`.
 */
export function writeNdpFrame(bytes: Uint8Array, { eth, ip, message }: NdpFrameFields): number {
  const start = writeEthernet(bytes, { dst: eth.dst, src: eth.src, tags: eth.tags, etherType: ETHERTYPE_IPV6 });
  const icmp = start + IPV6_HEADER_OCTETS;
  let end = writeNdpMessage(bytes, icmp, message, ip);
  writeIpv6Header(bytes, start, end - icmp, ip);
  while (end < MIN_FRAME_OCTETS) bytes[end++] = 0;
  return end;
}

/** The whole frame. @throws VipkitError `ERR_NDP_TOO_LONG` */
export function encodeNdpFrame(fields: NdpFrameFields): Uint8Array {
  const bytes = new Uint8Array(lengthOfNdpFrame(fields));
  writeNdpFrame(bytes, fields);
  return bytes;
}
