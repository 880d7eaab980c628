import { VALUE_ERROR } from "./attribute-checks.js";
import { attributeValueEnd, attributeValueStart } from "./attribute-header.js";
import { ATTRIBUTE_RULES, hasWrongLength } from "./attribute-rules.js";
import type { PathAttribute } from "./attribute.js";
import type { CodecContext } from "./context.js";
import { BgpDecodeError } from "./decode-error.js";
import { hasFamily } from "./family.js";
import type { UpdateMessage } from "./message.js";
import { NotificationCode, UpdateSubcode } from "./notification-codes.js";
import type { Nlri } from "./nlri.js";
import { arePrefixesValid } from "./prefixes.js";
import { readAttribute } from "./read-attribute.js";
import { readNlri } from "./read-nlri.js";
import { WITHDRAWN_START } from "./update-view.js";

interface Fault {
  readonly code: string;
  readonly field: string;
  readonly offset: number;
  readonly message: string;
  readonly subcode: number;
  readonly data?: Uint8Array;
  readonly attribute?: number;
}

function updateError({ code, field, offset, message, subcode, data, attribute }: Fault): BgpDecodeError {
  const notification = {
    type: "notification",
    code: NotificationCode.updateMessageError,
    subcode,
    data: data ?? new Uint8Array(0),
  } as const;
  return new BgpDecodeError(code, field, offset, message, notification, attribute);
}

function listError(offset: number, field: string): BgpDecodeError {
  const subcode = UpdateSubcode.malformedAttributeList;
  return updateError({
    code: "ERR_BGP_UPDATE_LENGTH",
    field,
    offset,
    message: `${field} runs over its field`,
    subcode,
  });
}

function readRoutes(bytes: Uint8Array, start: number, end: number, context: CodecContext, field: string): Nlri[] {
  const addPath = hasFamily(context.addPath.receive, 1, 1);
  if (!arePrefixesValid(bytes, start, end, 32, addPath)) {
    const message = `${field} do not end where their field ends, or have more than 32 bits`;
    const subcode = UpdateSubcode.invalidNetworkField;
    throw updateError({ code: "ERR_BGP_PREFIX", field, offset: start, message, subcode });
  }
  return readNlri(bytes, start, end, 32, addPath);
}

/** Refuses an attribute that cannot be read; one that can but must not be used passes. */
function refuseUnreadable(bytes: Uint8Array, at: number, value: number, end: number, context: CodecContext): void {
  const rule = ATTRIBUTE_RULES[bytes[at + 1]!];
  if (rule === undefined) return;
  let subcode = 0;
  if (hasWrongLength(rule, end - value)) subcode = rule.lengthSubcode;
  else if (rule.content !== undefined) {
    const wrong = rule.content(bytes, value, end, context);
    if ((wrong & VALUE_ERROR) === 0) subcode = wrong;
  }
  if (subcode === 0) return;
  const message = `the value of ${rule.type} (${end - value} octets) cannot be read`;
  const data = bytes.slice(at, Math.min(end, at + 4075));
  const fault = { code: "ERR_BGP_ATTRIBUTE", field: rule.type, offset: value, message, subcode, data };
  throw updateError({ ...fault, attribute: rule.code });
}

/** Reads the attribute that starts at `at`. @throws BgpDecodeError when it does not fit before `end` or cannot be read */
export function decodeAttribute(bytes: Uint8Array, at: number, end: number, context: CodecContext): PathAttribute {
  const value = attributeValueStart(bytes, at, end);
  if (value < 0) throw listError(at, "path attribute");
  const next = attributeValueEnd(bytes, at, value);
  refuseUnreadable(bytes, at, value, next, context);
  return readAttribute(bytes[at]!, bytes[at + 1]!, bytes, value, next, context);
}

function readAttributes(bytes: Uint8Array, start: number, end: number, context: CodecContext): PathAttribute[] {
  const attributes: PathAttribute[] = [];
  let at = start;
  while (at < end) {
    attributes.push(decodeAttribute(bytes, at, end, context));
    at = attributeValueEnd(bytes, at, attributeValueStart(bytes, at, end));
  }
  return attributes;
}

/** Reads an UPDATE whose header has been checked. @throws BgpDecodeError 3/x when a part of it cannot be read */
export function decodeUpdate(bytes: Uint8Array, context: CodecContext): UpdateMessage {
  const withdrawnEnd = WITHDRAWN_START + ((bytes[19]! << 8) | bytes[20]!);
  if (withdrawnEnd + 2 > bytes.length) throw listError(19, "withdrawn routes");
  const attributesStart = withdrawnEnd + 2;
  const attributesEnd = attributesStart + ((bytes[withdrawnEnd]! << 8) | bytes[withdrawnEnd + 1]!);
  if (attributesEnd > bytes.length) throw listError(withdrawnEnd, "path attributes");
  return {
    type: "update",
    withdrawn: readRoutes(bytes, WITHDRAWN_START, withdrawnEnd, context, "withdrawn routes"),
    attributes: readAttributes(bytes, attributesStart, attributesEnd, context),
    nlri: readRoutes(bytes, attributesEnd, bytes.length, context, "NLRI"),
  };
}
