import { readEthernet, readIpv4, readIpv6Words, typeOffset, type EthernetHeader, type Ipv6Words } from "@vipkit/net";
import { preferenceOf, readOptions } from "./decode-option.js";
import { IPV6_HEADER_OCTETS, loneMessageFault, ndpError, ndpFault, ndpMessageError } from "./fault.js";
import { NDP_TYPES, type NdpMessage } from "./message.js";

/** A whole frame with a neighbour discovery message in it. */
export interface NdpFrame {
  readonly eth: EthernetHeader;
  readonly ip: { readonly src: Ipv6Words; readonly dst: Ipv6Words; readonly hopLimit: number };
  readonly message: NdpMessage;
}

function readRouterAdvertisement(bytes: Uint8Array, at: number, end: number): NdpMessage {
  const flags = bytes[at + 5]!;
  return {
    name: "ra",
    curHopLimit: bytes[at + 4]!,
    managed: (flags & 0x80) !== 0,
    other: (flags & 0x40) !== 0,
    homeAgent: (flags & 0x20) !== 0,
    preference: preferenceOf(flags),
    routerLifetimeSeconds: (bytes[at + 6]! << 8) | bytes[at + 7]!,
    reachableTimeMs: readIpv4(bytes, at + 8),
    retransTimerMs: readIpv4(bytes, at + 12),
    options: readOptions(bytes, at + 16, end),
  };
}

function readMessage(bytes: Uint8Array, at: number, end: number): NdpMessage {
  switch (bytes[at]) {
    case NDP_TYPES.ns:
      return { name: "ns", target: readIpv6Words(bytes, at + 8), options: readOptions(bytes, at + 24, end) };
    case NDP_TYPES.na: {
      const flags = bytes[at + 4]!;
      return {
        name: "na",
        target: readIpv6Words(bytes, at + 8),
        router: (flags & 0x80) !== 0,
        solicited: (flags & 0x40) !== 0,
        override: (flags & 0x20) !== 0,
        options: readOptions(bytes, at + 24, end),
      };
    }
    case NDP_TYPES.ra:
      return readRouterAdvertisement(bytes, at, end);
    case NDP_TYPES.rs:
      return { name: "rs", options: readOptions(bytes, at + 8, end) };
    default:
      return {
        name: "redirect",
        target: readIpv6Words(bytes, at + 8),
        destination: readIpv6Words(bytes, at + 24),
        options: readOptions(bytes, at + 40, end),
      };
  }
}

/**
 * Reads a message alone, as raw ICMPv6 sockets give it: type, code, length and options are checked; the rules that need the
 * IPv6 header are not, nor is the checksum, which such sockets verify.
 * @throws DecodeError `icmp_too_short`, `not_ndp`, `code`, `option_zero_length`, `option_overrun`
 */
export function decodeNdpMessage(bytes: Uint8Array, start = 0, end: number = bytes.length): NdpMessage {
  const fault = loneMessageFault(bytes, start, end);
  if (fault !== undefined) throw ndpMessageError(fault, start);
  return readMessage(bytes, start, end);
}

/**
 * Reads an Ethernet II frame, tagged or not, that holds a neighbour discovery message, and applies every rule that a receiver
 * must apply. Unknown options and reserved bits are no error; nor are known options of impossible length, which are marked.
 * @throws DecodeError with the codes of `NdpFault`
 */
export function decodeNdpFrame(frame: Uint8Array): NdpFrame {
  const fault = ndpFault(frame);
  if (fault !== undefined) throw ndpError(fault, frame);
  const type = typeOffset(frame);
  const eth = readEthernet(frame, type);
  const at = type + 2;
  const icmp = at + IPV6_HEADER_OCTETS;
  return {
    eth,
    ip: { src: readIpv6Words(frame, at + 8), dst: readIpv6Words(frame, at + 24), hopLimit: frame[at + 7]! },
    message: readMessage(frame, icmp, icmp + ((frame[at + 4]! << 8) | frame[at + 5]!)),
  };
}
