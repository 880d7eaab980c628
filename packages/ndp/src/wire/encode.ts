import {
  ETHERTYPE_IPV6,
  ipv6Checksum,
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
import { NDP_TYPES, type NdpMessage } from "./message.js";

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

/** Writes the fields behind type, code and checksum. */
function writeBody(bytes: Uint8Array, at: number, message: NdpMessage): void {
  writeIpv4(bytes, at + 4, 0);
  switch (message.name) {
    case "rs":
      return;
    case "ra":
      bytes[at + 4] = message.curHopLimit;
      bytes[at + 5] =
        (message.managed ? 0x80 : 0) |
        (message.other ? 0x40 : 0) |
        (message.homeAgent ? 0x20 : 0) |
        preferenceBits(message.preference);
      bytes[at + 6] = message.routerLifetimeSeconds >>> 8;
      bytes[at + 7] = message.routerLifetimeSeconds;
      writeIpv4(bytes, at + 8, message.reachableTimeMs);
      writeIpv4(bytes, at + 12, message.retransTimerMs);
      return;
    case "na":
      bytes[at + 4] = (message.router ? 0x80 : 0) | (message.solicited ? 0x40 : 0) | (message.override ? 0x20 : 0);
      writeIpv6Words(bytes, at + 8, message.target);
      return;
    case "ns":
      writeIpv6Words(bytes, at + 8, message.target);
      return;
    case "redirect":
      writeIpv6Words(bytes, at + 8, message.target);
      writeIpv6Words(bytes, at + 24, message.destination);
  }
}

/**
 * Writes the frame at the start of `bytes`, checksum included, and returns its length. For senders that keep one buffer; the
 * caller has made room for `lengthOfNdpFrame`.
 */
export function writeNdpFrame(bytes: Uint8Array, { eth, ip, message }: NdpFrameFields): number {
  const start = writeEthernet(bytes, { dst: eth.dst, src: eth.src, tags: eth.tags, etherType: ETHERTYPE_IPV6 });
  const icmp = start + IPV6_HEADER_OCTETS;
  const type = NDP_TYPES[message.name];
  bytes[icmp] = type;
  bytes[icmp + 1] = 0;
  bytes[icmp + 2] = 0;
  bytes[icmp + 3] = 0;
  writeBody(bytes, icmp, message);
  let end = icmp + minimumOctets(type)!;
  for (const option of message.options) end = writeNdpOption(bytes, end, option);
  const octets = end - icmp;
  if (octets > 0xffff) {
    throw new VipkitError("ERR_NDP_TOO_LONG", "the options do not fit into an IPv6 packet", {
      found: String(octets),
      allowed: "65535",
    });
  }
  writeIpv4(bytes, start, 0x6000_0000);
  bytes[start + 4] = octets >>> 8;
  bytes[start + 5] = octets;
  bytes[start + 6] = ICMPV6;
  bytes[start + 7] = 255;
  writeIpv6Words(bytes, start + 8, ip.src);
  writeIpv6Words(bytes, start + 24, ip.dst);
  const checksum = ipv6Checksum(bytes, start, icmp, end, ICMPV6);
  bytes[icmp + 2] = checksum >>> 8;
  bytes[icmp + 3] = checksum;
  while (end < MIN_FRAME_OCTETS) bytes[end++] = 0;
  return end;
}

/** The whole frame. @throws VipkitError `ERR_NDP_TOO_LONG` */
export function encodeNdpFrame(fields: NdpFrameFields): Uint8Array {
  const bytes = new Uint8Array(lengthOfNdpFrame(fields));
  writeNdpFrame(bytes, fields);
  return bytes;
}
