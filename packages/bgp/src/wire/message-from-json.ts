import { fromHex, parseIpv4, parsePrefix, VipkitError } from "@vipkit/net";
import type { PathAttribute } from "./attribute.js";
import type { CodecContext } from "./context.js";
import { decodeCapability } from "./decode-capability.js";
import { decodeAttribute } from "./decode-update.js";
import type { AttributeJson, MessageJson, NlriJson, OpenJson, UpdateJson } from "./json-form.js";
import type { Message, OpenMessage, UpdateMessage } from "./message.js";
import type { Nlri } from "./nlri.js";

function readNlriJson(list: readonly NlriJson[]): Nlri[] {
  return list.map((entry) =>
    typeof entry === "string" ? parsePrefix(entry) : { ...parsePrefix(entry.prefix), pathId: entry.path_id },
  );
}

function readAttributeJson({ type, flags, value }: AttributeJson, context: CodecContext): PathAttribute {
  const octets = fromHex(value);
  const isLong = octets.length > 255 || (flags & 0x10) !== 0;
  const bytes = new Uint8Array((isLong ? 4 : 3) + octets.length);
  bytes[0] = isLong ? flags | 0x10 : flags;
  bytes[1] = type;
  if (isLong) bytes[2] = octets.length >>> 8;
  bytes[isLong ? 3 : 2] = octets.length;
  bytes.set(octets, isLong ? 4 : 3);
  return decodeAttribute(bytes, 0, bytes.length, context);
}

function readOpenJson(open: OpenJson): OpenMessage {
  return {
    type: "open",
    version: open.version,
    myAs: open.my_as,
    holdTimeSeconds: open.hold_time,
    routerId: parseIpv4(open.router_id),
    capabilities: open.capabilities.map(({ code, value }) => decodeCapability(code, fromHex(value))),
  };
}

function readUpdateJson(update: UpdateJson, context: CodecContext): UpdateMessage {
  return {
    type: "update",
    withdrawn: readNlriJson(update.withdrawn),
    attributes: update.attrs.map((attribute) => readAttributeJson(attribute, context)),
    nlri: readNlriJson(update.nlri),
  };
}

/**
 * Reads the JSON form: hexadecimal attributes and capabilities count, the fields read from them are passed over. How
 * capabilities were grouped in optional parameters is not part of the form.
 * @throws BgpDecodeError when an attribute cannot be read, ParseError for text, VipkitError `ERR_BGP_JSON` when a part is missing
 */
export function messageFromJson(json: MessageJson, context: CodecContext): Message {
  const { type, open, update, notification, route_refresh: refresh } = json;
  if (type === "keepalive") return { type };
  if (type === "open" && open !== undefined) return readOpenJson(open);
  if (type === "update" && update !== undefined) return readUpdateJson(update, context);
  if (type === "notification" && notification !== undefined) {
    return { type, code: notification.code, subcode: notification.subcode, data: fromHex(notification.data) };
  }
  if (type === "route-refresh" && refresh !== undefined) {
    return { type, family: { afi: refresh.afi, safi: refresh.safi }, subtype: refresh.subtype };
  }
  throw new VipkitError("ERR_BGP_JSON", `the JSON form of a message of type "${type}" lacks its content`, {
    found: type,
  });
}
