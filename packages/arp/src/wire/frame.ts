import {
  DecodeError,
  ethernetError,
  ethernetFault,
  ETHERTYPE_ARP,
  lengthOfEthernet,
  MIN_FRAME_OCTETS,
  readEthernet,
  typeOffset,
  writeEthernet,
  type EthernetHeader,
  type Mac,
  type VlanTag,
} from "@vipkit/net";
import { ARP_OCTETS, arpKind, decodeArp, writeArp, type ArpKind, type ArpPacket } from "./arp.js";

/** A whole frame with an ARP packet in it. */
export interface ArpFrame {
  readonly eth: EthernetHeader;
  readonly arp: ArpPacket;
  readonly kind: ArpKind;
}

/** What a frame needs to be written. */
export interface ArpFrameFields {
  readonly eth: { readonly dst: Mac; readonly src: Mac; readonly tags?: readonly VlanTag[] | undefined };
  readonly arp: ArpPacket;
}

/** What is wrong with a frame whose type is not that of ARP, or that ends before it has one. */
function frameError(frame: Uint8Array, at: number): DecodeError {
  const fault = ethernetFault(frame);
  if (fault !== undefined) return ethernetError(fault, frame);
  return new DecodeError("not_arp", "etherType", at, "the EtherType is not 0x0806 (ARP)");
}

/**
 * Reads an Ethernet II frame, tagged or not, that holds ARP for IPv4.
 * @throws DecodeError `not_arp`, or the codes of `decodeEthernet` and `decodeArp`
 */
export function decodeArpFrame(frame: Uint8Array): ArpFrame {
  const at = typeOffset(frame);
  // The header has no fault where this type was found.
  if (at < 0 || ((frame[at]! << 8) | frame[at + 1]!) !== ETHERTYPE_ARP) throw frameError(frame, at);
  const arp = decodeArp(frame, at + 2);
  return { eth: readEthernet(frame, at), arp, kind: arpKind(arp) };
}

/** Octets of the frame without its checksum: at least 60. */
export function lengthOfArpFrame({ eth }: ArpFrameFields): number {
  return Math.max(MIN_FRAME_OCTETS, lengthOfEthernet(eth) + ARP_OCTETS);
}

/** Writes header and packet and returns where the padding goes. @internal */
export function writeArpFields(bytes: Uint8Array, { eth, arp }: ArpFrameFields): number {
  const start = writeEthernet(bytes, { dst: eth.dst, src: eth.src, tags: eth.tags, etherType: ETHERTYPE_ARP });
  writeArp(bytes, start, arp);
  return start + ARP_OCTETS;
}

/**
 * Writes the frame at the start of `bytes`, zeros behind it up to the shortest frame, and returns its length. For senders that
 * keep one buffer; the caller has made room for `lengthOfArpFrame`.
 */
export function writeArpFrame(bytes: Uint8Array, fields: ArpFrameFields): number {
  let at = writeArpFields(bytes, fields);
  while (at < MIN_FRAME_OCTETS) bytes[at++] = 0;
  return at;
}

/** The whole frame, padded with zeros to 60 octets. */
export function encodeArpFrame(fields: ArpFrameFields): Uint8Array {
  const bytes = new Uint8Array(lengthOfArpFrame(fields));
  writeArpFields(bytes, fields);
  return bytes;
}
