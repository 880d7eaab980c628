import { BgpDecodeError } from "./decode-error.js";
import { HEADER_LENGTH, MAX_EXTENDED_LENGTH, MAX_LENGTH, MessageType } from "./message.js";
import { HeaderSubcode, NotificationCode } from "./notification-codes.js";

const { connectionNotSynchronized, badMessageLength, badMessageType } = HeaderSubcode;
/** Shortest message by type (RFC 4271 section 6.1, RFC 2918 section 3). */
const MINIMUM: readonly number[] = [19, 29, 23, 21, 19, 23];

function headerError(
  code: string,
  field: string,
  offset: number,
  message: string,
  subcode: number,
  data: Uint8Array,
): BgpDecodeError {
  return new BgpDecodeError(code, field, offset, message, {
    type: "notification",
    code: NotificationCode.messageHeaderError,
    subcode,
    data,
  });
}

export function lengthError(bytes: Uint8Array, message: string): BgpDecodeError {
  return headerError("ERR_BGP_LENGTH", "length", 16, message, badMessageLength, bytes.slice(16, 18));
}

/**
 * Checks the header at the start of `bytes` (RFC 4271 section 6.1), as far as it is there: 19 octets or more.
 * @returns what is wrong, or undefined
 */
export function checkHeader(bytes: Uint8Array, extendedMessage: boolean): BgpDecodeError | undefined {
  for (let at = 0; at < 16; at += 1) {
    if (bytes[at] !== 0xff) {
      const message = "the marker is not all ones";
      return headerError("ERR_BGP_MARKER", "marker", at, message, connectionNotSynchronized, new Uint8Array(0));
    }
  }
  const length = (bytes[16]! << 8) | bytes[17]!;
  const type = bytes[18]!;
  // RFC 8654 section 4: OPEN and KEEPALIVE keep the old limit.
  const isShortType = type === MessageType.open || type === MessageType.keepalive;
  const limit = extendedMessage && !isShortType ? MAX_EXTENDED_LENGTH : MAX_LENGTH;
  if (length < HEADER_LENGTH || length > limit) {
    return lengthError(bytes, `a message has ${HEADER_LENGTH} to ${limit} octets, not ${length}`);
  }
  const minimum = MINIMUM[type];
  if (type === 0 || minimum === undefined) {
    const message = `there is no message type ${type}`;
    return headerError("ERR_BGP_TYPE", "type", 18, message, badMessageType, bytes.slice(18, 19));
  }
  if (length < minimum || (type === MessageType.keepalive && length !== HEADER_LENGTH)) {
    return lengthError(bytes, `${length} octets do not fit message type ${type}`);
  }
  return undefined;
}

/** Checks that `bytes` are one whole message with a sound header. @returns what is wrong, or undefined */
export function checkWhole(bytes: Uint8Array, extendedMessage: boolean): BgpDecodeError | undefined {
  if (bytes.length < HEADER_LENGTH) {
    return headerError(
      "ERR_BGP_TRUNCATED",
      "header",
      bytes.length,
      `a message has a header of ${HEADER_LENGTH} octets, ${bytes.length} are here`,
      badMessageLength,
      bytes.slice(16, 18),
    );
  }
  const wrong = checkHeader(bytes, extendedMessage);
  if (wrong !== undefined) return wrong;
  const length = (bytes[16]! << 8) | bytes[17]!;
  if (length !== bytes.length) {
    const code = length > bytes.length ? "ERR_BGP_TRUNCATED" : "ERR_BGP_TRAILING";
    const message = `the header says ${length} octets, ${bytes.length} are here`;
    return headerError(code, "length", 16, message, badMessageLength, bytes.slice(16, 18));
  }
  return undefined;
}
