import { formatPrefix, readIpv4, formatIpv4 } from "@vipkit/net";
import { attributeValueEnd, attributeValueStart } from "./attribute-header.js";
import { ATTRIBUTE_RULES } from "./attribute-rules.js";
import { capabilityCode, encodeCapabilityValue } from "./encode-capability.js";
import type { CodecContext } from "./context.js";
import { decodeMessage } from "./decode-message.js";
import { hasFamily, prefixWidth, type Family } from "./family.js";
import type { Message, OpenMessage } from "./message.js";
import { notificationName } from "./notification-codes.js";
import { readAttribute } from "./read-attribute.js";
import { readNlri } from "./read-nlri.js";

/** A field of a message and where it stands. Children lie inside their parent, in order, and do not overlap. */
export interface DissectedField {
  readonly name: string;
  /** First octet, counted from the start of the message. */
  readonly start: number;
  /** Behind its last octet. */
  readonly end: number;
  /** What the field says: a number, text for people, or the decoded part of the message. */
  readonly value?: unknown;
  readonly fields?: readonly DissectedField[];
}

function field(
  name: string,
  start: number,
  end: number,
  value?: unknown,
  fields?: readonly DissectedField[],
): DissectedField {
  return { name, start, end, ...(value === undefined ? {} : { value }), ...(fields === undefined ? {} : { fields }) };
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function dissectRoutes(
  bytes: Uint8Array,
  start: number,
  end: number,
  family: Family,
  context: CodecContext,
): DissectedField[] {
  const width = prefixWidth(family.afi, family.safi);
  if (width === 0) return [];
  const addPath = hasFamily(context.addPath.receive, family.afi, family.safi);
  const skip = addPath ? 4 : 0;
  let at = start;
  return readNlri(bytes, start, end, width, addPath).map((nlri) => {
    const from = at;
    at += skip + 1 + ((nlri.length + 7) >>> 3);
    return field(
      "prefix",
      from,
      at,
      nlri.pathId === undefined ? formatPrefix(nlri) : `${formatPrefix(nlri)} path ${nlri.pathId}`,
    );
  });
}

function dissectMp(
  bytes: Uint8Array,
  start: number,
  end: number,
  isReach: boolean,
  context: CodecContext,
): DissectedField[] {
  const family = { afi: u16(bytes, start), safi: bytes[start + 2]! };
  const head = [field("afi", start, start + 2, family.afi), field("safi", start + 2, start + 3, family.safi)];
  if (!isReach) return [...head, ...dissectRoutes(bytes, start + 3, end, family, context)];
  const hopEnd = start + 4 + bytes[start + 3]!;
  return [
    ...head,
    field("next hop length", start + 3, start + 4, bytes[start + 3]),
    field("next hop", start + 4, hopEnd),
    field("reserved", hopEnd, hopEnd + 1, bytes[hopEnd]),
    ...dissectRoutes(bytes, hopEnd + 1, end, family, context),
  ];
}

function dissectAttribute(
  bytes: Uint8Array,
  at: number,
  value: number,
  end: number,
  context: CodecContext,
): DissectedField {
  const code = bytes[at + 1]!;
  const attribute = readAttribute(bytes[at]!, code, bytes, value, end, context);
  const isMp = attribute.type === "mp-reach" || attribute.type === "mp-unreach";
  const inside = isMp ? dissectMp(bytes, value, end, attribute.type === "mp-reach", context) : undefined;
  return field(ATTRIBUTE_RULES[code]?.type ?? "unknown", at, end, attribute, [
    field("flags", at, at + 1, bytes[at]),
    field("type", at + 1, at + 2, code),
    field("length", at + 2, value, end - value),
    field("value", value, end, undefined, inside),
  ]);
}

function dissectUpdate(bytes: Uint8Array, context: CodecContext): DissectedField[] {
  const ipv4 = { afi: 1, safi: 1 };
  const withdrawnEnd = 21 + u16(bytes, 19);
  const attributesStart = withdrawnEnd + 2;
  const attributesEnd = attributesStart + u16(bytes, withdrawnEnd);
  const attributes: DissectedField[] = [];
  for (let at = attributesStart; at < attributesEnd;) {
    const value = attributeValueStart(bytes, at, attributesEnd);
    const next = attributeValueEnd(bytes, at, value);
    attributes.push(dissectAttribute(bytes, at, value, next, context));
    at = next;
  }
  return [
    field("withdrawn routes length", 19, 21, withdrawnEnd - 21),
    field("withdrawn routes", 21, withdrawnEnd, undefined, dissectRoutes(bytes, 21, withdrawnEnd, ipv4, context)),
    field("path attributes length", withdrawnEnd, attributesStart, attributesEnd - attributesStart),
    field("path attributes", attributesStart, attributesEnd, undefined, attributes),
    field(
      "NLRI",
      attributesEnd,
      bytes.length,
      undefined,
      dissectRoutes(bytes, attributesEnd, bytes.length, ipv4, context),
    ),
  ];
}

function dissectCapabilities(open: OpenMessage, from: number, count: number, start: number): DissectedField[] {
  let at = start;
  return open.capabilities.slice(from, from + count).map((capability) => {
    const begin = at;
    at += 2 + encodeCapabilityValue(capability).length;
    const code = capabilityCode(capability);
    return field(`capability ${code} (${capability.type})`, begin, at, capability, [
      field("code", begin, begin + 1, code),
      field("length", begin + 1, begin + 2, at - begin - 2),
      field("value", begin + 2, at),
    ]);
  });
}

function dissectParameters(bytes: Uint8Array, open: OpenMessage, start: number, lengthSize: number): DissectedField[] {
  const groups = open.grouping ?? (open.capabilities.length === 0 ? [] : [open.capabilities.length]);
  let at = start;
  let from = 0;
  return groups.map((count) => {
    const begin = at;
    const value = begin + 1 + lengthSize;
    const length = lengthSize === 2 ? u16(bytes, begin + 1) : bytes[begin + 1]!;
    at = value + length;
    const capabilities = dissectCapabilities(open, from, count, value);
    from += count;
    return field("optional parameter", begin, at, undefined, [
      field("type", begin, begin + 1, bytes[begin]),
      field("length", begin + 1, value, length),
      ...capabilities,
    ]);
  });
}

function dissectOpen(bytes: Uint8Array, open: OpenMessage): DissectedField[] {
  const isExtended = open.extendedParameters === true;
  const start = isExtended ? 32 : 29;
  const extended = isExtended
    ? [field("extended form", 29, 30, bytes[29]), field("extended parameters length", 30, 32, u16(bytes, 30))]
    : [];
  return [
    field("version", 19, 20, open.version),
    field("my AS", 20, 22, open.myAs),
    field("hold time", 22, 24, open.holdTimeSeconds),
    field("BGP identifier", 24, 28, formatIpv4(readIpv4(bytes, 24))),
    field("optional parameters length", 28, 29, bytes[28]),
    ...extended,
    ...dissectParameters(bytes, open, start, isExtended ? 2 : 1),
  ];
}

function dissectBody(bytes: Uint8Array, message: Message, context: CodecContext): DissectedField[] {
  switch (message.type) {
    case "open":
      return dissectOpen(bytes, message);
    case "update":
      return dissectUpdate(bytes, context);
    case "notification":
      return [
        field("code", 19, 20, message.code),
        field("subcode", 20, 21, notificationName(message.code, message.subcode)),
        field("data", 21, bytes.length),
      ];
    case "route-refresh":
      return [
        field("afi", 19, 21, message.family.afi),
        field("subtype", 21, 22, message.subtype),
        field("safi", 22, 23, message.family.safi),
      ];
    case "keepalive":
      return [];
  }
}

/** The same decode as `decodeMessage` with the octets of every field, for tools and teaching. @throws BgpDecodeError */
export function dissect(bytes: Uint8Array, context: CodecContext): DissectedField {
  const message = decodeMessage(bytes, context);
  return field(message.type, 0, bytes.length, message, [
    field("marker", 0, 16),
    field("length", 16, 18, bytes.length),
    field("type", 18, 19, bytes[18]),
    ...dissectBody(bytes, message, context),
  ]);
}
