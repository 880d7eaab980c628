import { readIpv4, readIpv6Words, readMac, type Ipv6Words } from "@vipkit/net";
import { readDomainNames } from "./domain-names.js";
import { NDP_OPTION_TYPES, type NdpOption, type Preference } from "./option.js";

const PREFERENCES: readonly Preference[] = ["medium", "high", "reserved", "low"];
const PREF64_LENGTHS: readonly number[] = [96, 64, 56, 48, 40, 32];

/** The preference in bits 3 and 4 of an octet (RFC 4191 sections 2.2 and 2.3). */
export function preferenceOf(octet: number): Preference {
  return PREFERENCES[(octet >> 3) & 3]!;
}

/** Reads one option; undefined when its length or content is impossible. `end` is behind its last octet. */
type Reader = (bytes: Uint8Array, at: number, end: number, length: number) => NdpOption | undefined;

/** The first `octets` of an address, the rest zero. */
function readPart(bytes: Uint8Array, at: number, octets: number): Ipv6Words {
  const whole = new Uint8Array(16);
  whole.set(bytes.subarray(at, at + octets));
  return readIpv6Words(whole, 0);
}

/** A link-layer address of any other length than that of Ethernet (RFC 4861 section 4.6.1). */
const impossible: Reader = () => undefined;

const prefixInformation: Reader = (bytes, at, _end, length) => {
  if (length !== 4 || bytes[at + 2]! > 128) return undefined;
  const flags = bytes[at + 3]!;
  return {
    name: "prefixInformation",
    length,
    prefix: readIpv6Words(bytes, at + 16),
    prefixLength: bytes[at + 2]!,
    onLink: (flags & 0x80) !== 0,
    autonomous: (flags & 0x40) !== 0,
    routerAddress: (flags & 0x20) !== 0,
    validLifetimeSeconds: readIpv4(bytes, at + 4),
    preferredLifetimeSeconds: readIpv4(bytes, at + 8),
  };
};

const redirectedHeader: Reader = (bytes, at, end, length) => ({
  name: "redirectedHeader",
  length,
  bytes: bytes.slice(at + 8, end),
});

const mtu: Reader = (bytes, at, _end, length) =>
  length === 1 ? { name: "mtu", length, mtu: readIpv4(bytes, at + 4) } : undefined;

const nonce: Reader = (bytes, at, end, length) => ({ name: "nonce", length, nonce: bytes.slice(at + 2, end) });

/** RFC 4191 section 2.3: the prefix takes 0, 8 or 16 octets, and must fit into them. */
const routeInformation: Reader = (bytes, at, _end, length) => {
  const prefixLength = bytes[at + 2]!;
  if (length > 3 || prefixLength > 128 || prefixLength > (length - 1) * 64) return undefined;
  return {
    name: "routeInformation",
    length,
    prefix: readPart(bytes, at + 8, (length - 1) * 8),
    prefixLength,
    preference: preferenceOf(bytes[at + 3]!),
    lifetimeSeconds: readIpv4(bytes, at + 4),
  };
};

/** RFC 8106 section 5.1: one server or more. */
const rdnss: Reader = (bytes, at, end, length) => {
  if (length < 3 || length % 2 === 0) return undefined;
  const servers: Ipv6Words[] = [];
  for (let server = at + 8; server < end; server += 16) servers.push(readIpv6Words(bytes, server));
  return { name: "rdnss", length, lifetimeSeconds: readIpv4(bytes, at + 4), servers };
};

const dnssl: Reader = (bytes, at, end, length) => {
  const domains = length < 2 ? undefined : readDomainNames(bytes, at + 8, end);
  if (domains === undefined) return undefined;
  return { name: "dnssl", length, lifetimeSeconds: readIpv4(bytes, at + 4), domains };
};

const flagsExtension: Reader = (bytes, at, end, length) => ({
  name: "flagsExtension",
  length,
  bytes: bytes.slice(at + 2, end),
});

/** RFC 8910 section 2.3: a URI, zeros behind it. A URI is ASCII (RFC 3986). */
const captivePortal: Reader = (bytes, at, end, length) => {
  let last = end;
  while (last > at + 2 && bytes[last - 1] === 0) last -= 1;
  if (last === at + 2) return undefined;
  let uri = "";
  for (let i = at + 2; i < last; i += 1) {
    const octet = bytes[i]!;
    if (octet <= 0x20 || octet >= 0x7f) return undefined;
    uri += String.fromCharCode(octet);
  }
  return { name: "captivePortal", length, uri };
};

/** RFC 8781 section 4: thirteen bits of lifetime in units of 8 seconds, three of prefix length code. */
const pref64: Reader = (bytes, at, _end, length) => {
  const scaled = (bytes[at + 2]! << 8) | bytes[at + 3]!;
  const prefixLength = PREF64_LENGTHS[scaled & 7];
  if (length !== 2 || prefixLength === undefined) return undefined;
  return {
    name: "pref64",
    length,
    prefix: readPart(bytes, at + 4, 12),
    prefixLength,
    lifetimeSeconds: scaled & ~7,
  };
};

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [NDP_OPTION_TYPES.sourceLinkLayer, impossible],
  [NDP_OPTION_TYPES.targetLinkLayer, impossible],
  [NDP_OPTION_TYPES.prefixInformation, prefixInformation],
  [NDP_OPTION_TYPES.redirectedHeader, redirectedHeader],
  [NDP_OPTION_TYPES.mtu, mtu],
  [NDP_OPTION_TYPES.nonce, nonce],
  [NDP_OPTION_TYPES.routeInformation, routeInformation],
  [NDP_OPTION_TYPES.rdnss, rdnss],
  [NDP_OPTION_TYPES.flagsExtension, flagsExtension],
  [NDP_OPTION_TYPES.dnssl, dnssl],
  [NDP_OPTION_TYPES.captivePortal, captivePortal],
  [NDP_OPTION_TYPES.pref64, pref64],
]);

const NO_OPTIONS: readonly NdpOption[] = Object.freeze([]);

function readOption(bytes: Uint8Array, at: number, type: number, length: number): NdpOption {
  // The two options of nearly every packet go without the table.
  if (length === 1 && (type === NDP_OPTION_TYPES.targetLinkLayer || type === NDP_OPTION_TYPES.sourceLinkLayer)) {
    const name = type === NDP_OPTION_TYPES.targetLinkLayer ? "targetLinkLayer" : "sourceLinkLayer";
    return { name, length, mac: readMac(bytes, at + 2) };
  }
  const end = at + length * 8;
  const reader = READERS.get(type);
  const option = reader?.(bytes, at, end, length);
  if (option !== undefined) return option;
  return { name: reader === undefined ? "unknown" : "malformed", type, length, bytes: bytes.slice(at + 2, end) };
}

/** Reads options whose lengths have been checked to be above zero and inside `end`. */
export function readOptions(bytes: Uint8Array, start: number, end: number): readonly NdpOption[] {
  if (start >= end) return NO_OPTIONS;
  const options = [readOption(bytes, start, bytes[start]!, bytes[start + 1]!)];
  for (let at = start + bytes[start + 1]! * 8; at < end; at += bytes[at + 1]! * 8) {
    options.push(readOption(bytes, at, bytes[at]!, bytes[at + 1]!));
  }
  return options;
}
