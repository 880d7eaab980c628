import { DecodeError, readIpv4, readMac, writeIpv4, writeMac, type Ipv4, type Mac } from "@vipkit/net";

/** Octets of an ARP packet for IPv4 over Ethernet (RFC 826). */
export const ARP_OCTETS = 28;

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

/** An ARP packet for IPv4 over Ethernet: htype 1, ptype 0x0800, hlen 6 and plen 4 are checked and therefore not kept. */
export interface ArpPacket {
  /** 1 request, 2 reply; others (RARP, InARP, NAK ...) are decoded and never answered. */
  readonly op: number;
  /** Sender hardware and protocol address. */
  readonly sha: Mac;
  readonly spa: Ipv4;
  /** Target hardware and protocol address. */
  readonly tha: Mac;
  readonly tpa: Ipv4;
}

export type ArpFault = "arp_truncated" | "arp_htype" | "arp_ptype" | "arp_hlen" | "arp_plen";

/** What a packet does, by RFC 5227 section 1.1. */
export type ArpKind = "request" | "reply" | "probe" | "announcement" | "other";

/** The first thing wrong with the packet at `start`; undefined when it is valid. Builds nothing. What follows is padding. */
export function arpFault(bytes: Uint8Array, start: number, end: number): ArpFault | undefined {
  if (end - start < 8) return "arp_truncated";
  if (bytes[start] !== 0 || bytes[start + 1] !== 1) return "arp_htype";
  if (bytes[start + 2] !== 0x08 || bytes[start + 3] !== 0) return "arp_ptype";
  if (bytes[start + 4] !== 6) return "arp_hlen";
  if (bytes[start + 5] !== 4) return "arp_plen";
  return end - start < ARP_OCTETS ? "arp_truncated" : undefined;
}

const PLACE: Readonly<Record<ArpFault, { readonly field: string; readonly at: number; readonly message: string }>> = {
  arp_truncated: { field: "packet", at: 0, message: "an ARP packet for IPv4 over Ethernet has 28 octets" },
  arp_htype: { field: "htype", at: 0, message: "the hardware type is not 1 (Ethernet)" },
  arp_ptype: { field: "ptype", at: 2, message: "the protocol type is not 0x0800 (IPv4)" },
  arp_hlen: { field: "hlen", at: 4, message: "the hardware address length is not 6" },
  arp_plen: { field: "plen", at: 5, message: "the protocol address length is not 4" },
};

/** The error that `decodeArp` throws for a fault. @internal */
function arpError(fault: ArpFault, start: number, end: number): DecodeError {
  const { field, at, message } = PLACE[fault];
  return new DecodeError(fault, field, fault === "arp_truncated" ? end : start + at, message);
}

/** Reads the packet at `start`, already known to be valid. @internal */
function readArp(bytes: Uint8Array, start: number): ArpPacket {
  return {
    op: (bytes[start + 6]! << 8) | bytes[start + 7]!,
    sha: readMac(bytes, start + 8),
    spa: readIpv4(bytes, start + 14),
    tha: readMac(bytes, start + 18),
    tpa: readIpv4(bytes, start + 24),
  };
}

/**
 * Reads an ARP packet without its Ethernet header. Octets behind the 28 are padding, whatever they hold.
 * @throws DecodeError `arp_truncated`, `arp_htype`, `arp_ptype`, `arp_hlen`, `arp_plen` (RFC 826)
 */
export function decodeArp(bytes: Uint8Array, start = 0, end: number = bytes.length): ArpPacket {
  const fault = arpFault(bytes, start, end);
  if (fault !== undefined) throw arpError(fault, start, end);
  return readArp(bytes, start);
}

/** Writes the 28 octets of a packet at `start`. The caller has made room. */
export function writeArp(bytes: Uint8Array, start: number, packet: ArpPacket): void {
  bytes[start] = 0;
  bytes[start + 1] = 1;
  bytes[start + 2] = 0x08;
  bytes[start + 3] = 0;
  bytes[start + 4] = 6;
  bytes[start + 5] = 4;
  bytes[start + 6] = packet.op >>> 8;
  bytes[start + 7] = packet.op;
  writeMac(bytes, start + 8, packet.sha);
  writeIpv4(bytes, start + 14, packet.spa);
  writeMac(bytes, start + 18, packet.tha);
  writeIpv4(bytes, start + 24, packet.tpa);
}

/** The 28 octets of a packet, without Ethernet header and padding. */
export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_OCTETS);
  writeArp(bytes, 0, packet);
  return bytes;
}

/** Always 28. */
export function lengthOfArp(): number {
  return ARP_OCTETS;
}

/** What the packet does. Who speaks about oneself announces, with any operation; a request from nobody is a probe. */
export function arpKind({ op, spa, tpa }: ArpPacket): ArpKind {
  if (op === ARP_REPLY && spa !== tpa) return "reply";
  if (op === ARP_REQUEST && spa === 0) return "probe";
  if (spa === tpa) return "announcement";
  return op === ARP_REQUEST ? "request" : "other";
}
