import { CapabilityCode, type Capability } from "./capability.js";
import type { Family } from "./family.js";
import { readText } from "./text.js";

type Reader = (value: Uint8Array) => Capability | undefined;

function u16(value: Uint8Array, at: number): number {
  return (value[at]! << 8) | value[at + 1]!;
}

function familyAt(value: Uint8Array, at: number): Family {
  return { afi: u16(value, at), safi: value[at + 2]! };
}

/** Entries of a fixed size that fill the value from `start` on; undefined when they do not. */
function entries<T>(value: Uint8Array, start: number, size: number, read: (at: number) => T): T[] | undefined {
  if (value.length < start || (value.length - start) % size !== 0) return undefined;
  const found: T[] = [];
  for (let at = start; at < value.length; at += size) found.push(read(at));
  return found;
}

/** A capability that says everything by being there. */
function bare(capability: Capability): Reader {
  return (value) => (value.length === 0 ? capability : undefined);
}

const readMultiprotocol: Reader = (value) =>
  value.length === 4 ? { type: "multiprotocol", family: { afi: u16(value, 0), safi: value[3]! } } : undefined;

// AFI and SAFI have two octets each here (RFC 8950 section 4).
const readExtendedNextHop: Reader = (value) => {
  const found = entries(value, 0, 6, (at) => ({
    family: { afi: u16(value, at), safi: u16(value, at + 2) },
    nextHopAfi: u16(value, at + 4),
  }));
  return found === undefined ? undefined : { type: "extended-next-hop", entries: found };
};

const readRole: Reader = (value) => (value.length === 1 ? { type: "role", role: value[0]! } : undefined);

const readGracefulRestart: Reader = (value) => {
  const families = entries(value, 2, 4, (at) => ({
    family: familyAt(value, at),
    preserved: (value[at + 3]! & 0x80) !== 0,
  }));
  if (families === undefined) return undefined;
  return {
    type: "graceful-restart",
    restarting: (value[0]! & 0x80) !== 0,
    notification: (value[0]! & 0x40) !== 0,
    restartTimeSeconds: u16(value, 0) & 0xfff,
    families,
  };
};

const readFourOctetAs: Reader = (value) =>
  value.length === 4 ? { type: "four-octet-as", asn: u16(value, 0) * 0x1_0000 + u16(value, 2) } : undefined;

const readAddPath: Reader = (value) => {
  const families = entries(value, 0, 4, (at) => ({ family: familyAt(value, at), mode: value[at + 3]! }));
  return families === undefined ? undefined : { type: "add-path", families };
};

const readLongLived: Reader = (value) => {
  const families = entries(value, 0, 7, (at) => ({
    family: familyAt(value, at),
    preserved: (value[at + 3]! & 0x80) !== 0,
    staleTimeSeconds: (value[at + 4]! << 16) | u16(value, at + 5),
  }));
  return families === undefined ? undefined : { type: "long-lived-graceful-restart", families };
};

const readFqdn: Reader = (value) => {
  const hostEnd = 1 + (value[0] ?? 0);
  if (hostEnd >= value.length || hostEnd + 1 + value[hostEnd]! !== value.length) return undefined;
  const hostname = readText(value.subarray(1, hostEnd));
  const domain = readText(value.subarray(hostEnd + 1));
  return hostname === undefined || domain === undefined ? undefined : { type: "fqdn", hostname, domain };
};

const readSoftwareVersion: Reader = (value) => {
  if (value.length === 0 || value[0] !== value.length - 1) return undefined;
  const version = readText(value.subarray(1));
  return version === undefined ? undefined : { type: "software-version", version };
};

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [CapabilityCode.multiprotocol, readMultiprotocol],
  [CapabilityCode["route-refresh"], bare({ type: "route-refresh" })],
  [CapabilityCode["extended-next-hop"], readExtendedNextHop],
  [CapabilityCode["extended-message"], bare({ type: "extended-message" })],
  [CapabilityCode.role, readRole],
  [CapabilityCode["graceful-restart"], readGracefulRestart],
  [CapabilityCode["four-octet-as"], readFourOctetAs],
  [CapabilityCode["add-path"], readAddPath],
  [CapabilityCode["enhanced-route-refresh"], bare({ type: "enhanced-route-refresh" })],
  [CapabilityCode["long-lived-graceful-restart"], readLongLived],
  [CapabilityCode.fqdn, readFqdn],
  [CapabilityCode["software-version"], readSoftwareVersion],
  [CapabilityCode["link-local-next-hop"], bare({ type: "link-local-next-hop" })],
]);

/**
 * Reads one capability. A known code with an impossible value is kept as unknown, so that negotiation passes over it (RFC 5492
 * leaves this to the capability, and no session is worth losing for one).
 */
export function decodeCapability(code: number, value: Uint8Array): Capability {
  return READERS.get(code)?.(value) ?? { type: "unknown", code, value: value.slice() };
}
