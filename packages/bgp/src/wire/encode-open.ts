import { ByteWriter, VipkitError } from "@vipkit/net";
import { encodeCapability } from "./encode-capability.js";
import type { OpenMessage } from "./message.js";

const CAPABILITIES = 2;

/** The capabilities of each optional parameter, encoded. */
function groupsOf({ capabilities, grouping }: OpenMessage): Uint8Array[][] {
  const encoded = capabilities.map((capability) => encodeCapability(capability));
  if (grouping === undefined) return encoded.length === 0 ? [] : [encoded];
  const groups: Uint8Array[][] = [];
  let at = 0;
  for (const count of grouping) {
    groups.push(encoded.slice(at, at + count));
    at += count;
  }
  if (at < encoded.length) groups.push(encoded.slice(at));
  return groups;
}

function sizeOf(group: readonly Uint8Array[]): number {
  return group.reduce((sum, capability) => sum + capability.length, 0);
}

/** The body of an OPEN, behind the header. @throws VipkitError `ERR_BGP_TOO_LONG` */
export function encodeOpenBody(open: OpenMessage): Uint8Array {
  const groups = groupsOf(open);
  const sizes = groups.map(sizeOf);
  const short = sizes.reduce((sum, size) => sum + 2 + size, 0);
  // RFC 9072 section 2: the extended form when 255 octets are not enough.
  const isExtended = open.extendedParameters === true || short > 255;
  const parameters = isExtended ? short + groups.length : short;
  if (parameters > 4096 - 32) {
    throw new VipkitError("ERR_BGP_TOO_LONG", `the optional parameters have ${parameters} octets`, {
      found: String(parameters),
      allowed: "an OPEN of at most 4096 octets",
    });
  }
  const writer = new ByteWriter(10 + (isExtended ? 3 : 0) + parameters);
  writer.u8(open.version);
  writer.u16(open.myAs);
  writer.u16(open.holdTimeSeconds);
  writer.u32(open.routerId);
  writer.u8(isExtended ? 255 : parameters);
  if (isExtended) {
    writer.u8(255);
    writer.u16(parameters);
  }
  groups.forEach((group, index) => {
    writer.u8(CAPABILITIES);
    if (isExtended) writer.u16(sizes[index]!);
    else writer.u8(sizes[index]!);
    for (const capability of group) writer.put(capability);
  });
  return writer.bytes;
}
