import { ipFromBytes, readIpv4 } from "@vipkit/net";
import { ATTRIBUTE_FLAGS } from "./attribute-codes.js";
import { ATTRIBUTE_RULES } from "./attribute-rules.js";
import type {
  AigpAttribute,
  AsSegment,
  KnownAttribute,
  LargeCommunity,
  MpReachAttribute,
  MpUnreachAttribute,
  PathAttribute,
} from "./attribute.js";
import type { CodecContext } from "./context.js";
import { hasFamily, prefixWidth } from "./family.js";
import { readNlri } from "./read-nlri.js";

/** Reads the segments of a path whose AS numbers have `width` octets. */
export function readSegments(bytes: Uint8Array, start: number, end: number, width: number): AsSegment[] {
  const segments: AsSegment[] = [];
  let at = start;
  while (at < end) {
    const type = bytes[at]!;
    const count = bytes[at + 1]!;
    const asns: number[] = new Array<number>(count);
    at += 2;
    for (let i = 0; i < count; i += 1, at += width) {
      asns[i] = width === 4 ? readIpv4(bytes, at) : (bytes[at]! << 8) | bytes[at + 1]!;
    }
    segments.push({ type, asns });
  }
  return segments;
}

/** Numbers of 32 bits, one after the other. */
export function readWords(bytes: Uint8Array, start: number, end: number): number[] {
  const count = (end - start) >>> 2;
  const words = new Array<number>(count);
  for (let i = 0, at = start; i < count; i += 1, at += 4) words[i] = readIpv4(bytes, at);
  return words;
}

export function readLargeCommunities(bytes: Uint8Array, start: number, end: number): LargeCommunity[] {
  const values: LargeCommunity[] = [];
  for (let at = start; at < end; at += 12) {
    values.push({
      global: readIpv4(bytes, at),
      local1: readIpv4(bytes, at + 4),
      local2: readIpv4(bytes, at + 8),
    });
  }
  return values;
}

export function readExtCommunities(bytes: Uint8Array, start: number, end: number): bigint[] {
  const values: bigint[] = [];
  for (let at = start; at < end; at += 8) {
    values.push((BigInt(readIpv4(bytes, at)) << 32n) | BigInt(readIpv4(bytes, at + 4)));
  }
  return values;
}

function readIpv6ExtCommunities(bytes: Uint8Array, start: number, end: number): Uint8Array[] {
  const values: Uint8Array[] = [];
  for (let at = start; at < end; at += 20) values.push(bytes.slice(at, at + 20));
  return values;
}

function readAigp(bytes: Uint8Array, start: number, end: number): AigpAttribute {
  const tlvs: { type: number; value: Uint8Array }[] = [];
  let at = start;
  while (at < end) {
    const next = at + ((bytes[at + 1]! << 8) | bytes[at + 2]!);
    tlvs.push({ type: bytes[at]!, value: bytes.slice(at + 3, next) });
    at = next;
  }
  return { type: "aigp", tlvs };
}

function readMpReach(bytes: Uint8Array, start: number, end: number, context: CodecContext): MpReachAttribute {
  const family = { afi: (bytes[start]! << 8) | bytes[start + 1]!, safi: bytes[start + 2]! };
  const reservedAt = start + 4 + bytes[start + 3]!;
  const width = prefixWidth(family.afi, family.safi);
  const reserved = bytes[reservedAt] === 0 ? {} : { reserved: bytes[reservedAt]! };
  const hop = bytes.subarray(start + 4, reservedAt);
  if (width === 0) {
    const rawNlri = bytes.slice(reservedAt + 1, end);
    return { type: "mp-reach", family, nextHops: [], nlri: [], rawNextHop: hop.slice(), rawNlri, ...reserved };
  }
  const nextHops =
    hop.length === 32 ? [ipFromBytes(hop.subarray(0, 16)), ipFromBytes(hop.subarray(16))] : [ipFromBytes(hop)];
  const addPath = hasFamily(context.addPath.receive, family.afi, family.safi);
  return {
    type: "mp-reach",
    family,
    nextHops,
    nlri: readNlri(bytes, reservedAt + 1, end, width, addPath),
    ...reserved,
  };
}

function readMpUnreach(bytes: Uint8Array, start: number, end: number, context: CodecContext): MpUnreachAttribute {
  const family = { afi: (bytes[start]! << 8) | bytes[start + 1]!, safi: bytes[start + 2]! };
  const width = prefixWidth(family.afi, family.safi);
  if (width === 0) return { type: "mp-unreach", family, nlri: [], rawNlri: bytes.slice(start + 3, end) };
  const addPath = hasFamily(context.addPath.receive, family.afi, family.safi);
  return { type: "mp-unreach", family, nlri: readNlri(bytes, start + 3, end, width, addPath) };
}

/** Reads the value of a known attribute that its rule has passed. */
function readKnown(
  type: KnownAttribute["type"],
  bytes: Uint8Array,
  start: number,
  end: number,
  context: CodecContext,
): KnownAttribute {
  switch (type) {
    case "origin":
      return { type, value: bytes[start]! };
    case "as-path":
      return { type, segments: readSegments(bytes, start, end, context.as4 ? 4 : 2) };
    case "as4-path":
      return { type, segments: readSegments(bytes, start, end, 4) };
    case "next-hop":
    case "originator-id":
      return { type, ip: readIpv4(bytes, start) };
    case "med":
    case "local-pref":
      return { type, value: readIpv4(bytes, start) };
    case "atomic-aggregate":
      return { type };
    case "aggregator":
    case "as4-aggregator":
      return {
        type,
        asn: end - start === 8 ? readIpv4(bytes, start) : (bytes[start]! << 8) | bytes[start + 1]!,
        ip: readIpv4(bytes, end - 4),
      };
    case "communities":
      return { type, values: readWords(bytes, start, end) };
    case "cluster-list":
      return { type, ids: readWords(bytes, start, end) };
    case "mp-reach":
      return readMpReach(bytes, start, end, context);
    case "mp-unreach":
      return readMpUnreach(bytes, start, end, context);
    case "ext-communities":
      return { type, values: readExtCommunities(bytes, start, end) };
    case "ipv6-ext-communities":
      return { type, values: readIpv6ExtCommunities(bytes, start, end) };
    case "aigp":
      return readAigp(bytes, start, end);
    case "large-communities":
      return { type, values: readLargeCommunities(bytes, start, end) };
    case "otc":
      return { type, asn: readIpv4(bytes, start) };
  }
}

/**
 * Reads one attribute whose value lies from `start` to `end` and has passed its rule. Flags are kept where they are not those
 * that the encoder would write.
 */
export function readAttribute(
  flags: number,
  code: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  context: CodecContext,
): PathAttribute {
  const rule = ATTRIBUTE_RULES[code];
  if (rule === undefined) return { type: "unknown", code, flags, value: bytes.slice(start, end) };
  const attribute = readKnown(rule.type, bytes, start, end, context);
  const usual = ATTRIBUTE_FLAGS[rule.type] | (end - start > 255 ? 0x10 : 0);
  return flags === usual ? attribute : { ...attribute, flags };
}
