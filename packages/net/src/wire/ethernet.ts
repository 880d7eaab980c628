import { DecodeError } from "../errors.js";
import { readMac, writeMac, type Mac } from "./mac.js";

/** EtherTypes that the packages of vipkit speak. */
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;
/** Tag protocol identifiers: the customer tag of IEEE 802.1Q and the service tag of 802.1ad. */
export const TPID_8021Q = 0x8100;
export const TPID_8021AD = 0x88a8;

/** Shortest frame without its checksum (IEEE 802.3): what is shorter is filled with zeros. */
export const MIN_FRAME_OCTETS = 60;

const ADDRESS_OCTETS = 12;
const MAX_LENGTH = 1500;
const MIN_ETHERTYPE = 1536;

/** One VLAN tag. */
export interface VlanTag {
  /** 0x8100 (802.1Q) or 0x88a8 (802.1ad) */
  readonly tpid: number;
  /** Priority, 0 to 7. */
  readonly pcp: number;
  /** Drop eligible. */
  readonly dei: boolean;
  /** 0 (priority only, no VLAN) to 4095 (reserved). */
  readonly vid: number;
}

/** The header of a frame in the Subnetwork Access Protocol (RFC 1042). */
export interface Snap {
  readonly oui: number;
  readonly etherType: number;
}

export interface EthernetHeader {
  readonly dst: Mac;
  readonly src: Mac;
  /** From the outside in. */
  readonly tags: readonly VlanTag[];
  /** The type behind the tags; undefined in an 802.3 frame, which has `length` instead. */
  readonly etherType: number | undefined;
  /** Octets of payload that an 802.3 frame says it has, 0 to 1500. */
  readonly length: number | undefined;
  /** In an 802.3 frame whose payload starts with a SNAP header. */
  readonly snap: Snap | undefined;
  /** Where the payload starts: behind the tags and the type or length. */
  readonly payloadOffset: number;
}

/** What the header needs to be written: the type is that of Ethernet II. */
export interface EthernetFields {
  readonly dst: Mac;
  readonly src: Mac;
  readonly tags?: readonly VlanTag[] | undefined;
  readonly etherType: number;
}

/** Why a frame has no valid Ethernet header. */
export type EthernetFault = "eth_truncated" | "vlan_truncated" | "ethertype_reserved" | "length_overrun";

const NO_TAGS: readonly VlanTag[] = Object.freeze([]);

function isTpid(type: number): boolean {
  return type === TPID_8021Q || type === TPID_8021AD;
}

/**
 * Where the type or length field of a frame is, behind all tags: at least 12. A negative number when the frame ends before:
 * -1 before the first type, -2 inside a tag. Builds nothing, for the packet path.
 */
export function typeOffset(frame: Uint8Array): number {
  const size = frame.length;
  if (size < ADDRESS_OCTETS + 2) return -1;
  let at = ADDRESS_OCTETS;
  while (isTpid((frame[at]! << 8) | frame[at + 1]!)) {
    at += 4;
    if (at + 2 > size) return -2;
  }
  return at;
}

/** The first thing wrong with the Ethernet header; undefined when it is valid. Builds nothing. */
export function ethernetFault(frame: Uint8Array): EthernetFault | undefined {
  const at = typeOffset(frame);
  if (at < 0) return at === -1 ? "eth_truncated" : "vlan_truncated";
  const type = (frame[at]! << 8) | frame[at + 1]!;
  if (type >= MIN_ETHERTYPE) return undefined;
  // IEEE 802.3 section 3.2.6: 1501 to 1535 are neither a length nor a type.
  if (type > MAX_LENGTH) return "ethertype_reserved";
  return type > frame.length - at - 2 ? "length_overrun" : undefined;
}

function readTags(frame: Uint8Array, end: number): readonly VlanTag[] {
  const tags: VlanTag[] = [];
  for (let at = ADDRESS_OCTETS; at < end; at += 4) {
    const control = (frame[at + 2]! << 8) | frame[at + 3]!;
    tags.push({
      tpid: (frame[at]! << 8) | frame[at + 1]!,
      pcp: control >> 13,
      dei: (control & 0x1000) !== 0,
      vid: control & 0xfff,
    });
  }
  return tags;
}

/** The SNAP header at `at` (RFC 1042: LLC aa aa 03), if there is one inside `end`. */
function readSnap(frame: Uint8Array, at: number, end: number): Snap | undefined {
  if (at + 8 > end || frame[at] !== 0xaa || frame[at + 1] !== 0xaa || frame[at + 2] !== 0x03) return undefined;
  return {
    oui: (frame[at + 3]! << 16) | (frame[at + 4]! << 8) | frame[at + 5]!,
    etherType: (frame[at + 6]! << 8) | frame[at + 7]!,
  };
}

/**
 * Reads an Ethernet II, 802.1Q, 802.1ad or 802.3 header.
 * @throws DecodeError `eth_truncated`, `vlan_truncated`, `ethertype_reserved`, `length_overrun`
 */
export function decodeEthernet(frame: Uint8Array): EthernetHeader {
  const fault = ethernetFault(frame);
  if (fault !== undefined) throw ethernetError(fault, frame);
  return readEthernet(frame, typeOffset(frame));
}

/** Reads the header of a frame in which `ethernetFault` found nothing; `at` is what `typeOffset` found. */
export function readEthernet(frame: Uint8Array, at: number): EthernetHeader {
  const type = (frame[at]! << 8) | frame[at + 1]!;
  const payloadOffset = at + 2;
  const typed = type >= MIN_ETHERTYPE;
  return {
    dst: readMac(frame, 0),
    src: readMac(frame, 6),
    tags: at === ADDRESS_OCTETS ? NO_TAGS : readTags(frame, at),
    etherType: typed ? type : undefined,
    length: typed ? undefined : type,
    snap: typed ? undefined : readSnap(frame, payloadOffset, payloadOffset + type),
    payloadOffset,
  };
}

/** The error that `decodeEthernet` throws for a fault, for decoders of what is inside. */
export function ethernetError(fault: EthernetFault, frame: Uint8Array): DecodeError {
  const at = typeOffset(frame);
  switch (fault) {
    case "eth_truncated":
      return new DecodeError(fault, "ethernet", frame.length, `a frame has at least 14 octets, not ${frame.length}`);
    case "vlan_truncated":
      return new DecodeError(fault, "tag", frame.length, `the frame ends inside a VLAN tag, at octet ${frame.length}`);
    case "ethertype_reserved":
      return new DecodeError(fault, "etherType", at, "1501 to 1535 are neither a length nor an EtherType");
    case "length_overrun":
      return new DecodeError(fault, "length", at, "the frame is shorter than its length field says");
  }
}

/** Octets of the header: 14 and 4 for each tag. */
export function lengthOfEthernet(header: Pick<EthernetFields, "tags">): number {
  return ADDRESS_OCTETS + 2 + 4 * (header.tags?.length ?? 0);
}

/** Writes the header at the start of `frame` and returns where the payload goes. */
export function writeEthernet(frame: Uint8Array, header: EthernetFields): number {
  writeMac(frame, 0, header.dst);
  writeMac(frame, 6, header.src);
  let at = ADDRESS_OCTETS;
  if (header.tags !== undefined) {
    for (const { tpid, pcp, dei, vid } of header.tags) {
      frame[at] = tpid >>> 8;
      frame[at + 1] = tpid;
      frame[at + 2] = (pcp << 5) | (dei ? 0x10 : 0) | (vid >>> 8);
      frame[at + 3] = vid;
      at += 4;
    }
  }
  frame[at] = header.etherType >>> 8;
  frame[at + 1] = header.etherType;
  return at + 2;
}

/** The tag list of one plain 802.1Q tag; no tag without a VLAN. */
export function vlanTags(vlan: number | undefined): readonly VlanTag[] {
  return vlan === undefined ? NO_TAGS : [{ tpid: TPID_8021Q, pcp: 0, dei: false, vid: vlan }];
}

/**
 * True if the frame belongs to this VLAN, seen by a station: exactly one 802.1Q tag with that number; without a VLAN no tag
 * or a priority tag (IEEE 802.1Q section 9.6: VID 0 is no VLAN). `type` is what `typeOffset` found.
 */
export function isInVlan(frame: Uint8Array, type: number, vlan: number | undefined): boolean {
  if (type === ADDRESS_OCTETS) return vlan === undefined;
  if (type !== ADDRESS_OCTETS + 4 || ((frame[12]! << 8) | frame[13]!) !== TPID_8021Q) return false;
  return (((frame[14]! << 8) | frame[15]!) & 0xfff) === (vlan ?? 0);
}
