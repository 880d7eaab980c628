import { VipkitError, writeIpv4, writeIpv6, type Ip } from "@vipkit/net";
import { ATTRIBUTE_FLAGS, AttributeCode, AttributeFlag } from "./attribute-codes.js";
import type { AsSegment, LargeCommunity, MpReachAttribute, MpUnreachAttribute, PathAttribute } from "./attribute.js";
import type { CodecContext } from "./context.js";
import { hasFamily, type Family } from "./family.js";
import { MAX_EXTENDED_LENGTH } from "./message.js";
import { writeNlri } from "./write-nlri.js";

export function tooLong(length: number, limit: number): VipkitError {
  return new VipkitError("ERR_BGP_TOO_LONG", `the message has ${length} octets, ${limit} are allowed`, {
    found: String(length),
    allowed: `at most ${limit} octets`,
  });
}

function put(bytes: Uint8Array, at: number, value: Uint8Array): number {
  if (at + value.length > bytes.length) throw tooLong(at + value.length, MAX_EXTENDED_LENGTH);
  bytes.set(value, at);
  return at + value.length;
}

function putWord(bytes: Uint8Array, at: number, value: number): number {
  writeIpv4(bytes, at, value);
  return at + 4;
}

function putWords(bytes: Uint8Array, at: number, values: readonly number[]): number {
  for (let i = 0; i < values.length; i += 1) writeIpv4(bytes, at + 4 * i, values[i]!);
  return at + 4 * values.length;
}

function putAs(bytes: Uint8Array, at: number, asn: number, as4: boolean): number {
  if (as4) return putWord(bytes, at, asn);
  // A number of four octets has a stand-in, AS_TRANS (RFC 6793 section 4.2.2).
  const short = asn > 0xffff ? 23456 : asn;
  bytes[at] = short >>> 8;
  bytes[at + 1] = short;
  return at + 2;
}

function putSegments(bytes: Uint8Array, start: number, segments: readonly AsSegment[], as4: boolean): number {
  let at = start;
  for (const { type, asns } of segments) {
    if (asns.length > 255) {
      throw new VipkitError("ERR_BGP_VALUE", `a path segment has ${asns.length} AS numbers`, {
        found: String(asns.length),
        allowed: "at most 255",
      });
    }
    bytes[at] = type;
    bytes[at + 1] = asns.length;
    at += 2;
    for (let i = 0; i < asns.length; i += 1) at = putAs(bytes, at, asns[i]!, as4);
  }
  return at;
}

function putLarge(bytes: Uint8Array, start: number, values: readonly LargeCommunity[]): number {
  let at = start;
  for (const { global, local1, local2 } of values) {
    writeIpv4(bytes, at, global);
    writeIpv4(bytes, at + 4, local1);
    writeIpv4(bytes, at + 8, local2);
    at += 12;
  }
  return at;
}

function putExt(bytes: Uint8Array, start: number, values: readonly bigint[]): number {
  let at = start;
  for (const value of values) {
    writeIpv4(bytes, at, Number(value >> 32n));
    writeIpv4(bytes, at + 4, Number(value & 0xffff_ffffn));
    at += 8;
  }
  return at;
}

function putAddress(bytes: Uint8Array, at: number, ip: Ip): number {
  if (typeof ip === "number") return putWord(bytes, at, ip);
  writeIpv6(bytes, at, ip);
  return at + 16;
}

function putFamily(bytes: Uint8Array, at: number, { afi, safi }: Family): number {
  bytes[at] = afi >>> 8;
  bytes[at + 1] = afi;
  bytes[at + 2] = safi;
  return at + 3;
}

function putMpReach(bytes: Uint8Array, start: number, mp: MpReachAttribute, context: CodecContext): number {
  let at = putFamily(bytes, start, mp.family) + 1;
  if (mp.rawNextHop !== undefined) at = put(bytes, at, mp.rawNextHop);
  for (const ip of mp.nextHops) at = putAddress(bytes, at, ip);
  bytes[start + 3] = at - start - 4;
  bytes[at] = mp.reserved ?? 0;
  return putRoutes(bytes, at + 1, mp, context);
}

function putRoutes(
  bytes: Uint8Array,
  at: number,
  mp: MpReachAttribute | MpUnreachAttribute,
  context: CodecContext,
): number {
  if (mp.rawNlri !== undefined) return put(bytes, at, mp.rawNlri);
  const addPath = hasFamily(context.addPath.send, mp.family.afi, mp.family.safi);
  return writeNlri(bytes, at, mp.nlri, addPath);
}

/** Writes the value of an attribute and answers where it ends. */
function writeValue(bytes: Uint8Array, at: number, attribute: PathAttribute, context: CodecContext): number {
  switch (attribute.type) {
    case "origin":
      bytes[at] = attribute.value;
      return at + 1;
    case "as-path":
      return putSegments(bytes, at, attribute.segments, context.as4);
    case "as4-path":
      return putSegments(bytes, at, attribute.segments, true);
    case "next-hop":
    case "originator-id":
      return putWord(bytes, at, attribute.ip);
    case "med":
    case "local-pref":
      return putWord(bytes, at, attribute.value);
    case "atomic-aggregate":
      return at;
    case "aggregator":
      return putWord(bytes, putAs(bytes, at, attribute.asn, context.as4), attribute.ip);
    case "as4-aggregator":
      return putWord(bytes, putWord(bytes, at, attribute.asn), attribute.ip);
    case "communities":
      return putWords(bytes, at, attribute.values);
    case "cluster-list":
      return putWords(bytes, at, attribute.ids);
    case "mp-reach":
      return putMpReach(bytes, at, attribute, context);
    case "mp-unreach":
      return putRoutes(bytes, putFamily(bytes, at, attribute.family), attribute, context);
    case "ext-communities":
      return putExt(bytes, at, attribute.values);
    case "ipv6-ext-communities":
      return attribute.values.reduce((end, value) => put(bytes, end, value), at);
    case "aigp":
      return attribute.tlvs.reduce((end, { type, value }) => {
        const length = value.length + 3;
        bytes[end] = type;
        bytes[end + 1] = length >>> 8;
        bytes[end + 2] = length;
        return put(bytes, end + 3, value);
      }, at);
    case "large-communities":
      return putLarge(bytes, at, attribute.values);
    case "otc":
      return putWord(bytes, at, attribute.asn);
    case "unknown":
      return put(bytes, at, attribute.value);
  }
}

// One look-up for code and flags: reading two records by a name that changes every time is what an encoder spends its time on.
const HEADS: ReadonlyMap<string, number> = new Map(
  Object.entries(ATTRIBUTE_FLAGS).map(([type, flags]) => [
    type,
    (AttributeCode[type as keyof typeof AttributeCode] << 8) | flags,
  ]),
);

/** Writes a whole attribute and answers where it ends. @throws VipkitError `ERR_BGP_TOO_LONG`, `ERR_BGP_VALUE` */
export function writeAttribute(bytes: Uint8Array, at: number, attribute: PathAttribute, context: CodecContext): number {
  const usual = HEADS.get(attribute.type) ?? 0;
  const flags = attribute.flags ?? usual & 0xff;
  bytes[at] = flags;
  bytes[at + 1] = attribute.type === "unknown" ? attribute.code : usual >>> 8;
  const value = (flags & AttributeFlag.extendedLength) === 0 ? at + 3 : at + 4;
  const end = writeValue(bytes, value, attribute, context);
  if (end > MAX_EXTENDED_LENGTH) throw tooLong(end, MAX_EXTENDED_LENGTH);
  const length = end - value;
  if (value === at + 4) {
    bytes[at + 2] = length >>> 8;
    bytes[at + 3] = length;
    return end;
  }
  bytes[at + 2] = length;
  if (length <= 255) return end;
  // More than one octet of length needs the extended form, which is one octet longer.
  bytes.copyWithin(value + 1, value, end);
  bytes[at] = flags | AttributeFlag.extendedLength;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
  return end + 1;
}
