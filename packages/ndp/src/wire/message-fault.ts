import { NDP_OPTION_TYPES } from "./option.js";
import { NDP_TYPES } from "./message.js";

/** What can be wrong with a message whose IPv6 header, checksum, code and least length are right. */
export type MessageFault =
  | "option_zero_length"
  | "option_overrun"
  | "target_multicast"
  | "dad_with_slla"
  | "dad_destination"
  | "na_solicited_multicast"
  | "rs_unspecified_with_slla"
  | "source_not_link_local"
  | "redirect_destination_multicast"
  | "redirect_target";

/** Where options start: also the least length of a message. Indexed by type from 133 on. */
const MINIMUM = [8, 16, 24, 24, 40] as const;

/** Octets that a message of this type has at least; undefined for types that are not neighbour discovery. */
export function minimumOctets(type: number): number | undefined {
  return MINIMUM[type - NDP_TYPES.rs];
}

function isUnspecified(frame: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 16; i += 1) if (frame[i] !== 0) return false;
  return true;
}

function isLinkLocal(frame: Uint8Array, at: number): boolean {
  return frame[at] === 0xfe && (frame[at + 1]! & 0xc0) === 0x80;
}

/** ff02::1:ff00:0/104 (RFC 4291 section 2.7.1) */
function isSolicitedNode(frame: Uint8Array, at: number): boolean {
  if (frame[at] !== 0xff || frame[at + 1] !== 0x02) return false;
  for (let i = at + 2; i < at + 11; i += 1) if (frame[i] !== 0) return false;
  return frame[at + 11] === 1 && frame[at + 12] === 0xff;
}

function isSame(frame: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < 16; i += 1) if (frame[a + i] !== frame[b + i]) return false;
  return true;
}

/** Every option longer than nothing, and inside the message (RFC 4861 section 6.1.1 and others). */
export function optionsFault(frame: Uint8Array, start: number, end: number): MessageFault | undefined {
  for (let at = start; at < end;) {
    if (at + 2 > end) return "option_overrun";
    const units = frame[at + 1]!;
    if (units === 0) return "option_zero_length";
    at += units * 8;
    if (at > end) return "option_overrun";
  }
  return undefined;
}

/** Where the first option of this type is; -1 without one. The options have been checked. */
export function findOption(frame: Uint8Array, start: number, end: number, type: number): number {
  for (let at = start; at < end; at += frame[at + 1]! * 8) if (frame[at] === type) return at;
  return -1;
}

function solicitationFault(frame: Uint8Array, ip: number, icmp: number, end: number): MessageFault | undefined {
  if (frame[icmp + 8] === 0xff) return "target_multicast";
  const fault = optionsFault(frame, icmp + 24, end);
  if (fault !== undefined || !isUnspecified(frame, ip + 8)) return fault;
  if (!isSolicitedNode(frame, ip + 24)) return "dad_destination";
  return findOption(frame, icmp + 24, end, NDP_OPTION_TYPES.sourceLinkLayer) < 0 ? undefined : "dad_with_slla";
}

function advertisementFault(frame: Uint8Array, ip: number, icmp: number, end: number): MessageFault | undefined {
  if (frame[icmp + 8] === 0xff) return "target_multicast";
  if (frame[ip + 24] === 0xff && (frame[icmp + 4]! & 0x40) !== 0) return "na_solicited_multicast";
  return optionsFault(frame, icmp + 24, end);
}

function routerSolicitationFault(frame: Uint8Array, ip: number, icmp: number, end: number): MessageFault | undefined {
  const fault = optionsFault(frame, icmp + 8, end);
  if (fault !== undefined || !isUnspecified(frame, ip + 8)) return fault;
  const found = findOption(frame, icmp + 8, end, NDP_OPTION_TYPES.sourceLinkLayer);
  return found < 0 ? undefined : "rs_unspecified_with_slla";
}

function redirectFault(frame: Uint8Array, ip: number, icmp: number, end: number): MessageFault | undefined {
  if (!isLinkLocal(frame, ip + 8)) return "source_not_link_local";
  if (frame[icmp + 24] === 0xff) return "redirect_destination_multicast";
  if (!isLinkLocal(frame, icmp + 8) && !isSame(frame, icmp + 8, icmp + 24)) return "redirect_target";
  return optionsFault(frame, icmp + 40, end);
}

/** RFC 4861 sections 6.1.1, 6.1.2, 7.1.1, 7.1.2 and 8.1, in their order. `ip` is where the IPv6 header starts. */
export function messageFault(frame: Uint8Array, ip: number, end: number): MessageFault | undefined {
  const icmp = ip + 40;
  switch (frame[icmp]) {
    case NDP_TYPES.ns:
      return solicitationFault(frame, ip, icmp, end);
    case NDP_TYPES.na:
      return advertisementFault(frame, ip, icmp, end);
    case NDP_TYPES.ra:
      return isLinkLocal(frame, ip + 8) ? optionsFault(frame, icmp + 16, end) : "source_not_link_local";
    case NDP_TYPES.rs:
      return routerSolicitationFault(frame, ip, icmp, end);
    default:
      return redirectFault(frame, ip, icmp, end);
  }
}
