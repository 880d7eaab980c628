import { ByteWriter, VipkitError } from "@vipkit/net";
import { CapabilityCode, type Capability } from "./capability.js";
import { writeText } from "./text.js";

const NO_OCTETS = new Uint8Array(0);

/** Writes entries of one size behind `head` octets. */
function list<T>(
  head: number,
  size: number,
  entries: readonly T[],
  write: (writer: ByteWriter, entry: T) => void,
): ByteWriter {
  const writer = new ByteWriter(head + size * entries.length);
  writer.offset = head;
  for (const entry of entries) write(writer, entry);
  return writer;
}

function text(...parts: readonly string[]): Uint8Array {
  const encoded = parts.map((part) => writeText(part, 255));
  const writer = new ByteWriter(encoded.reduce((sum, part) => sum + 1 + part.length, 0));
  for (const part of encoded) {
    writer.u8(part.length);
    writer.put(part);
  }
  return writer.bytes;
}

function u32(value: number): Uint8Array {
  const writer = new ByteWriter(4);
  writer.u32(value);
  return writer.bytes;
}

function restartFlags(restarting: boolean, notification: boolean): number {
  return (restarting ? 0x8000 : 0) | (notification ? 0x4000 : 0);
}

/** The value of a capability; reserved bits are zero. */
export function encodeCapabilityValue(capability: Capability): Uint8Array {
  switch (capability.type) {
    case "multiprotocol":
      return Uint8Array.of(capability.family.afi >>> 8, capability.family.afi, 0, capability.family.safi);
    case "extended-next-hop":
      return list(0, 6, capability.entries, (writer, { family, nextHopAfi }) => {
        writer.u16(family.afi);
        writer.u16(family.safi);
        writer.u16(nextHopAfi);
      }).bytes;
    case "role":
      return Uint8Array.of(capability.role);
    case "graceful-restart": {
      const writer = list(2, 4, capability.families, (to, { family, preserved }) => {
        to.u16(family.afi);
        to.u8(family.safi);
        to.u8(preserved ? 0x80 : 0);
      });
      writer.offset = 0;
      writer.u16(
        restartFlags(capability.restarting, capability.notification) | (capability.restartTimeSeconds & 0xfff),
      );
      return writer.bytes;
    }
    case "four-octet-as":
      return u32(capability.asn);
    case "add-path":
      return list(0, 4, capability.families, (writer, { family, mode }) => {
        writer.u16(family.afi);
        writer.u8(family.safi);
        writer.u8(mode);
      }).bytes;
    case "long-lived-graceful-restart":
      return list(0, 7, capability.families, (writer, { family, preserved, staleTimeSeconds }) => {
        writer.u16(family.afi);
        writer.u8(family.safi);
        writer.u8(preserved ? 0x80 : 0);
        writer.u8(staleTimeSeconds >>> 16);
        writer.u16(staleTimeSeconds);
      }).bytes;
    case "fqdn":
      return text(capability.hostname, capability.domain);
    case "software-version":
      return text(capability.version);
    case "unknown":
      return capability.value;
    case "route-refresh":
    case "extended-message":
    case "enhanced-route-refresh":
    case "link-local-next-hop":
      return NO_OCTETS;
  }
}

export function capabilityCode(capability: Capability): number {
  return capability.type === "unknown" ? capability.code : CapabilityCode[capability.type];
}

/** Code, length, value (RFC 5492 section 4). @throws VipkitError `ERR_BGP_VALUE` when the value has more than 255 octets */
export function encodeCapability(capability: Capability): Uint8Array {
  const value = encodeCapabilityValue(capability);
  if (value.length > 255) {
    throw new VipkitError("ERR_BGP_VALUE", `capability ${capability.type} has ${value.length} octets`, {
      found: String(value.length),
      allowed: "at most 255 octets",
    });
  }
  const writer = new ByteWriter(2 + value.length);
  writer.u8(capabilityCode(capability));
  writer.u8(value.length);
  writer.put(value);
  return writer.bytes;
}
