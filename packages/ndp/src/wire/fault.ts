import {
  DecodeError,
  ETHERTYPE_IPV6,
  ethernetError,
  ethernetFault,
  ipv6Checksum,
  typeOffset,
  type EthernetFault,
} from "@vipkit/net";
import { messageFault, minimumOctets, optionsFault, type MessageFault } from "./message-fault.js";

export const ICMPV6 = 58;
export const IPV6_HEADER_OCTETS = 40;

export type NdpFault =
  | EthernetFault
  | MessageFault
  | "not_ipv6"
  | "ipv6_truncated"
  | "ipv6_version"
  | "not_icmpv6"
  | "extension_header"
  | "fragmented"
  | "icmp_too_short"
  | "not_ndp"
  | "hop_limit"
  | "checksum"
  | "code";

const FRAGMENT = 44;
const ESP = 50;
const AUTHENTICATION = 51;
/** Hop-by-hop, routing, fragment, ESP, AH, destination options, mobility, HIP, shim6 (IANA's IPv6 extension headers). */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, FRAGMENT, ESP, AUTHENTICATION, 60, 135, 139, 140]);

/** Why a packet whose first header is not ICMPv6 is refused. A Fragment header counts wherever it stands (RFC 6980 section 5). */
function headerFault(frame: Uint8Array, start: number, end: number, first: number): NdpFault {
  if (!EXTENSIONS.has(first)) return "not_icmpv6";
  let next = first;
  let at = start;
  while (EXTENSIONS.has(next)) {
    if (next === FRAGMENT) return "fragmented";
    // What comes behind an encrypted header cannot be seen.
    if (next === ESP || at + 2 > end) break;
    // RFC 4302 section 2.2 counts in units of 4 octets, all others in units of 8.
    const octets = next === AUTHENTICATION ? (frame[at + 1]! + 2) * 4 : (frame[at + 1]! + 1) * 8;
    next = frame[at]!;
    at += octets;
  }
  return "extension_header";
}

function packetFault(frame: Uint8Array, ip: number): NdpFault | undefined {
  const icmp = ip + IPV6_HEADER_OCTETS;
  if (frame.length < icmp) return "ipv6_truncated";
  if (frame[ip]! >> 4 !== 6) return "ipv6_version";
  // The message ends where the IPv6 header says; what follows in the frame is padding.
  const end = icmp + ((frame[ip + 4]! << 8) | frame[ip + 5]!);
  if (end > frame.length) return "ipv6_truncated";
  if (frame[ip + 6] !== ICMPV6) return headerFault(frame, icmp, end, frame[ip + 6]!);
  if (end - icmp < 4) return "icmp_too_short";
  const type = frame[icmp]!;
  const minimum = minimumOctets(type);
  if (minimum === undefined) return "not_ndp";
  // RFC 4861 sections 6.1 and 7.1 and 8.1: only a neighbour can send 255.
  if (frame[ip + 7] !== 255) return "hop_limit";
  if (ipv6Checksum(frame, ip, icmp, end, ICMPV6) !== 0) return "checksum";
  if (frame[icmp + 1] !== 0) return "code";
  if (end - icmp < minimum) return "icmp_too_short";
  return messageFault(frame, ip, end);
}

/** The first rule of RFC 4861, 4862 and 6980 that the frame breaks; undefined when it is valid. Builds nothing. */
export function ndpFault(frame: Uint8Array): NdpFault | undefined {
  const fault = ethernetFault(frame);
  if (fault !== undefined) return fault;
  const at = typeOffset(frame);
  if (((frame[at]! << 8) | frame[at + 1]!) !== ETHERTYPE_IPV6) return "not_ipv6";
  return packetFault(frame, at + 2);
}

/** What is wrong with a message alone, without its IPv6 header. @internal */
export function loneMessageFault(bytes: Uint8Array, start: number, end: number): LoneFault | undefined {
  if (end - start < 4) return "icmp_too_short";
  const minimum = minimumOctets(bytes[start]!);
  if (minimum === undefined) return "not_ndp";
  if (bytes[start + 1] !== 0) return "code";
  return end - start < minimum ? "icmp_too_short" : optionsFault(bytes, start + minimum, end);
}

type LoneFault = Exclude<NdpFault, EthernetFault>;

/** Where in the IPv6 packet the field of a fault is, and what is wrong with it. */
const PLACE: Readonly<Record<Exclude<NdpFault, EthernetFault>, readonly [field: string, at: number, text: string]>> = {
  not_ipv6: ["etherType", -2, "the EtherType is not 0x86dd (IPv6)"],
  ipv6_truncated: ["ipv6", 0, "the frame ends before the IPv6 packet does"],
  ipv6_version: ["version", 0, "the IP version is not 6"],
  not_icmpv6: ["nextHeader", 6, "the next header is not 58 (ICMPv6)"],
  extension_header: ["nextHeader", 6, "neighbour discovery comes without extension headers"],
  fragmented: ["nextHeader", 6, "neighbour discovery is never fragmented (RFC 6980)"],
  icmp_too_short: ["icmpv6", 40, "the message is shorter than its type allows"],
  not_ndp: ["type", 40, "the ICMPv6 type is not one of 133 to 137"],
  hop_limit: ["hopLimit", 7, "the hop limit is not 255"],
  checksum: ["checksum", 42, "the ICMPv6 checksum is wrong"],
  code: ["code", 41, "the ICMPv6 code is not 0"],
  option_zero_length: ["options", 40, "an option has the length 0"],
  option_overrun: ["options", 40, "an option is longer than what is left of the message"],
  target_multicast: ["target", 48, "the target is a multicast address"],
  dad_with_slla: ["options", 64, "a solicitation from the unspecified address names a source link-layer address"],
  dad_destination: ["destination", 24, "a solicitation from the unspecified address is not for a solicited-node group"],
  na_solicited_multicast: ["solicited", 44, "an advertisement to a group says that it was solicited"],
  rs_unspecified_with_slla: ["options", 48, "a solicitation from the unspecified address names a link-layer address"],
  source_not_link_local: ["source", 8, "the source is not a link-local address"],
  redirect_destination_multicast: ["destination", 64, "the redirected destination is a multicast address"],
  redirect_target: ["target", 48, "the target is neither link-local nor the destination itself"],
};

/** The error that the decoder throws for a fault. @internal */
export function ndpError(fault: NdpFault, frame: Uint8Array): DecodeError {
  if (
    fault === "eth_truncated" ||
    fault === "vlan_truncated" ||
    fault === "ethertype_reserved" ||
    fault === "length_overrun"
  ) {
    return ethernetError(fault, frame);
  }
  const [field, at, text] = PLACE[fault];
  return new DecodeError(fault, field, Math.min(frame.length, typeOffset(frame) + 2 + at), text);
}

/** The error that `decodeNdpMessage` throws for a fault. @internal */
export function ndpMessageError(fault: LoneFault, start: number): DecodeError {
  const [field, at, text] = PLACE[fault];
  return new DecodeError(fault, field, start + at - IPV6_HEADER_OCTETS, text);
}
