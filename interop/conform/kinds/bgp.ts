import {
  BgpDecodeError,
  decodeMessage,
  encodeMessage,
  familyFromName,
  IPV4_MULTICAST,
  IPV4_UNICAST,
  IPV6_MULTICAST,
  IPV6_UNICAST,
  messageToJson,
  type CodecContext,
  type Family,
} from "@vipkit/bgp";
import { fromHex, toHex, VipkitError } from "@vipkit/net";

const FAMILIES = [IPV4_UNICAST, IPV4_MULTICAST, IPV6_UNICAST, IPV6_MULTICAST];

function readFamily(entry: unknown): Family {
  if (typeof entry === "string") {
    const family = familyFromName(entry);
    if (family !== undefined) return family;
  } else if (typeof entry === "object" && entry !== null) {
    const { afi, safi } = entry as { afi?: unknown; safi?: unknown };
    if (typeof afi === "number" && typeof safi === "number") return { afi, safi };
  }
  throw new VipkitError("ERR_INPUT", "a family is a name, AFI/SAFI or {afi, safi}");
}

/** `true` is every family whose routes are read; a list names them. */
function readAddPath(value: unknown): readonly Family[] {
  if (Array.isArray(value)) return value.map(readFamily);
  return value === true ? FAMILIES : [];
}

/** The door says nothing of RFC 8950, so an IPv6 next hop is fine for both IPv4 families. */
export function readContext(line: Readonly<Record<string, unknown>>, extendedMessage: boolean): CodecContext {
  const addPath = readAddPath(line.addpath);
  return {
    as4: line.as4 === true,
    addPath: { receive: addPath, send: addPath },
    extendedMessage,
    extendedNextHop: [IPV4_UNICAST, IPV4_MULTICAST],
  };
}

export function readHex(line: Readonly<Record<string, unknown>>): Uint8Array {
  const { hex } = line;
  if (typeof hex !== "string") throw new VipkitError("ERR_INPUT", "hex is missing");
  return fromHex(hex);
}

/** One message taken apart and put together again; a wrong one gives code and subcode of its NOTIFICATION. */
export const answer = (line: Readonly<Record<string, unknown>>): object => {
  const bytes = readHex(line);
  const context = readContext(line, true);
  try {
    const reencoded = toHex(encodeMessage(decodeMessage(bytes, context), context));
    return { ...messageToJson(bytes, context), reencoded };
  } catch (error) {
    if (!(error instanceof BgpDecodeError)) throw error;
    const { code, subcode } = error.notification;
    return { error: { code: `${code}/${subcode}`, message: error.message } };
  }
};
