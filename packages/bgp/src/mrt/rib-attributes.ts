import { ipFromBytes, type Ip } from "@vipkit/net";
import { AttributeCode } from "../wire/attribute-codes.js";
import { attributeValueEnd, attributeValueStart } from "../wire/attribute-header.js";
import type { PathAttribute } from "../wire/attribute.js";
import { IPV4_MULTICAST, IPV4_UNICAST, type Family } from "../wire/family.js";
import { decodeAttribute } from "../wire/decode-update.js";
import type { CodecContext } from "../wire/context.js";

const CONTEXT: CodecContext = {
  as4: true,
  addPath: { receive: [], send: [] },
  extendedMessage: true,
  extendedNextHop: [IPV4_UNICAST, IPV4_MULTICAST],
};

/** The next hops alone, behind their length: how a RIB record shortens MP_REACH_NLRI (RFC 6396 section 4.3.4). */
function shortNextHops(bytes: Uint8Array, start: number, end: number): Ip[] | undefined {
  const length = bytes[start];
  if (length === undefined || start + 1 + length !== end) return undefined;
  if (length === 4 || length === 16) return [ipFromBytes(bytes.subarray(start + 1, end))];
  if (length !== 32) return undefined;
  return [ipFromBytes(bytes.subarray(start + 1, start + 17)), ipFromBytes(bytes.subarray(start + 17, end))];
}

/**
 * Reads the attributes of an entry of a `rib` record of that family. MP_REACH_NLRI is read in its short form and, as some
 * collectors write it, in full.
 * @throws BgpDecodeError when an attribute cannot be read
 */
export function decodeRibAttributes(bytes: Uint8Array, family: Family): PathAttribute[] {
  const attributes: PathAttribute[] = [];
  let at = 0;
  while (at < bytes.length) {
    const value = attributeValueStart(bytes, at, bytes.length);
    const isMpReach = value >= 0 && bytes[at + 1] === AttributeCode["mp-reach"];
    const nextHops = isMpReach ? shortNextHops(bytes, value, attributeValueEnd(bytes, at, value)) : undefined;
    attributes.push(
      nextHops === undefined
        ? decodeAttribute(bytes, at, bytes.length, CONTEXT)
        : { type: "mp-reach", family, nextHops, nlri: [] },
    );
    at = attributeValueEnd(bytes, at, value);
  }
  return attributes;
}
