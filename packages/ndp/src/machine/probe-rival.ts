import { isInVlan, readIpv6, readMac, typeOffset, type Ipv6, type Mac } from "@vipkit/net";
import { ndpFault } from "../wire/fault.js";
import { findOption } from "../wire/message-fault.js";
import { NDP_TYPES } from "../wire/message.js";
import { NDP_OPTION_TYPES } from "../wire/option.js";
import type { OwnNonces } from "./own-nonces.js";

/** Somebody who uses an address or wants it too. */
export interface Rival {
  readonly address: Ipv6;
  readonly mac: Mac;
}

export interface ProbingStation {
  readonly mac: Mac;
  readonly vlan?: number | undefined;
  readonly nonces?: OwnNonces | undefined;
}

function hasOwnNonce(frame: Uint8Array, icmp: number, end: number, nonces: OwnNonces | undefined): boolean {
  const at = findOption(frame, icmp + 24, end, NDP_OPTION_TYPES.nonce);
  return at >= 0 && nonces?.has(frame.subarray(at + 2, at + frame[at + 1]! * 8)) === true;
}

/**
 * What a received frame says against an address that is being probed (RFC 4862 sections 5.4.3 and 5.4.4): an advertisement of
 * it, or a solicitation for it by somebody who has no address yet. Our own probe, looped back, is recognised by its source or
 * its nonce (RFC 7527 section 4.2).
 */
export function probeRival(
  frame: Uint8Array,
  station: ProbingStation,
  isProbing: (address: Ipv6) => boolean,
): Rival | undefined {
  if (ndpFault(frame) !== undefined) return undefined;
  const type = typeOffset(frame);
  const mac = readMac(frame, 6);
  if (mac === station.mac || !isInVlan(frame, type, station.vlan)) return undefined;
  const ip = type + 2;
  const icmp = ip + 40;
  const kind = frame[icmp];
  if (kind !== NDP_TYPES.na && kind !== NDP_TYPES.ns) return undefined;
  const address = readIpv6(frame, icmp + 8);
  if (!isProbing(address)) return undefined;
  if (kind === NDP_TYPES.na) return { address, mac };
  const end = icmp + ((frame[ip + 4]! << 8) | frame[ip + 5]!);
  if (readIpv6(frame, ip + 8) !== 0n || hasOwnNonce(frame, icmp, end, station.nonces)) return undefined;
  return { address, mac };
}
