import {
  ETHERTYPE_ARP,
  ethernetFault,
  isInVlan,
  readIpv4,
  readMac,
  typeOffset,
  type Ipv4,
  type Mac,
} from "@vipkit/net";
import { ARP_REQUEST, arpFault } from "../wire/arp.js";

/** Somebody who uses an address or wants it too. */
export interface Rival {
  readonly address: Ipv4;
  readonly mac: Mac;
}

/**
 * What a received frame says against an address that is being probed (RFC 5227 section 2.1.1): any packet whose sender has it,
 * or a probe of somebody else for it.
 */
export function probeRival(
  frame: Uint8Array,
  station: { readonly mac: Mac; readonly vlan?: number | undefined },
  isProbing: (address: Ipv4) => boolean,
): Rival | undefined {
  if (ethernetFault(frame) !== undefined) return undefined;
  const type = typeOffset(frame);
  if (((frame[type]! << 8) | frame[type + 1]!) !== ETHERTYPE_ARP || !isInVlan(frame, type, station.vlan)) {
    return undefined;
  }
  const body = type + 2;
  if (arpFault(frame, body, frame.length) !== undefined) return undefined;
  const mac = readMac(frame, body + 8);
  if (mac === station.mac) return undefined;
  const spa = readIpv4(frame, body + 14);
  if (isProbing(spa)) return { address: spa, mac };
  const op = (frame[body + 6]! << 8) | frame[body + 7]!;
  const tpa = readIpv4(frame, body + 24);
  return op === ARP_REQUEST && spa === 0 && isProbing(tpa) ? { address: tpa, mac } : undefined;
}
