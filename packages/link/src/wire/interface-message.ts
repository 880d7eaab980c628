import { DecodeError, ipFromBytes, readMac, type Ip, type Mac } from "@vipkit/net";
import { decodeAttributeViews } from "./netlink.js";

/** What RTM_NEWLINK and RTM_DELLINK say. */
export interface LinkMessage {
  /** Address family: 0 for the interface itself, 7 for its part as a bridge port. */
  readonly family: number;
  readonly index: number;
  readonly name: string;
  readonly ethernet: boolean;
  readonly mac: Mac;
  readonly up: boolean;
  readonly mtu: number;
  /** `veth`, `vlan`, `bond`, `bridge`, ...; empty for hardware. */
  readonly kind: string;
  /** Index of the bridge or bond that the interface is a port of; 0 for none. */
  readonly master: number;
  /** The kernel wants the interface announced: a bond uses another member, a virtual machine has migrated. */
  readonly moved: boolean;
}

/** What RTM_NEWADDR and RTM_DELADDR say. */
export interface AddressMessage {
  readonly index: number;
  readonly address: InterfaceAddress;
}

/** An address of an interface. */
export interface InterfaceAddress {
  readonly ip: Ip;
  /** Prefix length. */
  readonly length: number;
  /** Duplicate address detection is not over: the address must not be used yet. */
  readonly tentative: boolean;
  /** Duplicate address detection has found somebody else. */
  readonly duplicate: boolean;
}

const ARPHRD_ETHERNET = 1;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const LINK_HEADER = 16;
const ADDRESS_HEADER = 8;
const IFLA = { address: 1, name: 3, mtu: 4, master: 10, linkInfo: 18, event: 44, kind: 1 } as const;
/** IFLA_EVENT_NOTIFY_PEERS */
const NOTIFY_PEERS = 4;
const IFA = { address: 1, local: 2, flags: 8 } as const;
const IFA_F = { optimistic: 0x04, dadFailed: 0x08, tentative: 0x40 } as const;

function text(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "";
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function word(bytes: Uint8Array | undefined): number | undefined {
  if (bytes?.length !== 4) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/** @throws DecodeError `ERR_NETLINK` */
export function decodeLinkMessage(payload: Uint8Array): LinkMessage {
  if (payload.length < LINK_HEADER) throw new DecodeError("ERR_NETLINK", "ifinfomsg", 0, "a link message is too short");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const flags = view.getUint32(8, true);
  const attributes = decodeAttributeViews(payload, LINK_HEADER);
  const mac = attributes.get(IFLA.address);
  const linkInfo = attributes.get(IFLA.linkInfo);
  return {
    family: view.getUint8(0),
    index: view.getInt32(4, true),
    name: text(attributes.get(IFLA.name)),
    ethernet: view.getUint16(2, true) === ARPHRD_ETHERNET,
    mac: mac?.length === 6 ? readMac(mac, 0) : 0,
    up: (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0,
    mtu: word(attributes.get(IFLA.mtu)) ?? 1500,
    kind: linkInfo === undefined ? "" : text(decodeAttributeViews(linkInfo, 0).get(IFLA.kind)),
    master: word(attributes.get(IFLA.master)) ?? 0,
    moved: word(attributes.get(IFLA.event)) === NOTIFY_PEERS,
  };
}

/** Undefined for families other than IPv4 and IPv6. @throws DecodeError `ERR_NETLINK` */
export function decodeAddressMessage(payload: Uint8Array): AddressMessage | undefined {
  if (payload.length < ADDRESS_HEADER) {
    throw new DecodeError("ERR_NETLINK", "ifaddrmsg", 0, "an address message is too short");
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const attributes = decodeAttributeViews(payload, ADDRESS_HEADER);
  // On a point-to-point link `address` is the other end's.
  const bytes = attributes.get(IFA.local) ?? attributes.get(IFA.address);
  if (bytes?.length !== 4 && bytes?.length !== 16) return undefined;
  const flags = word(attributes.get(IFA.flags)) ?? view.getUint8(2);
  return {
    index: view.getUint32(4, true),
    address: {
      ip: ipFromBytes(bytes),
      length: view.getUint8(1),
      // RFC 4429: an optimistic address is tentative and may be used all the same.
      tentative: (flags & IFA_F.tentative) !== 0 && (flags & IFA_F.optimistic) === 0,
      duplicate: (flags & IFA_F.dadFailed) !== 0,
    },
  };
}
