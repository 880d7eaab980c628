import { AttributeFlag } from "./attribute-codes.js";
import type { AsSegment, MpReachAttribute, MpUnreachAttribute, PathAttribute } from "./attribute.js";
import type { CodecContext } from "./context.js";
import { encodeOpenBody } from "./encode-open.js";
import { hasFamily } from "./family.js";
import { HEADER_LENGTH, type Message, type UpdateMessage } from "./message.js";
import { lengthOfNlriList } from "./write-nlri.js";

function lengthOfSegments(segments: readonly AsSegment[], width: number): number {
  return segments.reduce((sum, { asns }) => sum + 2 + width * asns.length, 0);
}

function lengthOfRoutes(mp: MpReachAttribute | MpUnreachAttribute, context: CodecContext): number {
  if (mp.rawNlri !== undefined) return mp.rawNlri.length;
  return lengthOfNlriList(mp.nlri, hasFamily(context.addPath.send, mp.family.afi, mp.family.safi));
}

function lengthOfNextHop(mp: MpReachAttribute): number {
  return mp.nextHops.reduce<number>((sum, ip) => sum + (typeof ip === "number" ? 4 : 16), mp.rawNextHop?.length ?? 0);
}

function lengthOfValue(attribute: PathAttribute, context: CodecContext): number {
  switch (attribute.type) {
    case "origin":
      return 1;
    case "as-path":
      return lengthOfSegments(attribute.segments, context.as4 ? 4 : 2);
    case "as4-path":
      return lengthOfSegments(attribute.segments, 4);
    case "next-hop":
    case "originator-id":
    case "med":
    case "local-pref":
    case "otc":
      return 4;
    case "atomic-aggregate":
      return 0;
    case "aggregator":
      return context.as4 ? 8 : 6;
    case "as4-aggregator":
      return 8;
    case "communities":
      return 4 * attribute.values.length;
    case "cluster-list":
      return 4 * attribute.ids.length;
    case "mp-reach":
      return 5 + lengthOfNextHop(attribute) + lengthOfRoutes(attribute, context);
    case "mp-unreach":
      return 3 + lengthOfRoutes(attribute, context);
    case "ext-communities":
      return 8 * attribute.values.length;
    case "ipv6-ext-communities":
      return attribute.values.reduce((sum, value) => sum + value.length, 0);
    case "aigp":
      return attribute.tlvs.reduce((sum, { value }) => sum + 3 + value.length, 0);
    case "large-communities":
      return 12 * attribute.values.length;
    case "unknown":
      return attribute.value.length;
  }
}

/** Octets of one attribute with its header. */
export function lengthOfAttribute(attribute: PathAttribute, context: CodecContext): number {
  const length = lengthOfValue(attribute, context);
  const isExtended = length > 255 || ((attribute.flags ?? 0) & AttributeFlag.extendedLength) !== 0;
  return length + (isExtended ? 4 : 3);
}

/** Octets of the attributes of an UPDATE, without the two of their total length. */
export function lengthOfAttributes(attributes: readonly PathAttribute[], context: CodecContext): number {
  let length = 0;
  for (const attribute of attributes) length += lengthOfAttribute(attribute, context);
  return length;
}

function lengthOfUpdate({ withdrawn, attributes, nlri }: UpdateMessage, context: CodecContext): number {
  const addPath = hasFamily(context.addPath.send, 1, 1);
  const routes = lengthOfNlriList(withdrawn, addPath) + lengthOfNlriList(nlri, addPath);
  return 4 + routes + lengthOfAttributes(attributes, context);
}

/** Octets of the message that `encodeMessage` would write; also where that is more than is allowed. */
export function lengthOfMessage(message: Message, context: CodecContext): number {
  switch (message.type) {
    case "open":
      return HEADER_LENGTH + encodeOpenBody(message).length;
    case "update":
      return HEADER_LENGTH + lengthOfUpdate(message, context);
    case "notification":
      return HEADER_LENGTH + 2 + message.data.length;
    case "keepalive":
      return HEADER_LENGTH;
    case "route-refresh":
      return HEADER_LENGTH + 4;
  }
}
