import type { CodecContext, ReceiveContext } from "./context.js";
import { BgpDecodeError } from "./decode-error.js";
import { decodeOpen, refuseOpen } from "./decode-open.js";
import { decodeUpdate } from "./decode-update.js";
import { checkWhole, lengthError } from "./header.js";
import { judgeUpdate } from "./judge-update.js";
import {
  MessageType,
  type KeepaliveMessage,
  type Message,
  type NotificationMessage,
  type OpenMessage,
  type RouteRefreshMessage,
} from "./message.js";
import { NotificationCode, RouteRefreshSubcode } from "./notification-codes.js";
import type { UpdateView } from "./update-view.js";
import { ACCEPT, type Verdict } from "./verdict.js";

const KEEPALIVE: KeepaliveMessage = { type: "keepalive" };

function decodeNotification(bytes: Uint8Array): NotificationMessage {
  return { type: "notification", code: bytes[19]!, subcode: bytes[20]!, data: bytes.slice(21) };
}

function decodeRouteRefresh(bytes: Uint8Array): RouteRefreshMessage {
  const subtype = bytes[21]!;
  if (bytes.length !== 23) {
    // Begin and end of a refresh have an error of their own (RFC 7313 section 5).
    if (subtype !== 1 && subtype !== 2) throw lengthError(bytes, `a ROUTE-REFRESH has 23 octets, not ${bytes.length}`);
    const notification = {
      type: "notification",
      code: NotificationCode.routeRefreshMessageError,
      subcode: RouteRefreshSubcode.invalidMessageLength,
      data: bytes.slice(0, 4075),
    } as const;
    const message = `a ROUTE-REFRESH of subtype ${subtype} has 23 octets, not ${bytes.length}`;
    throw new BgpDecodeError("ERR_BGP_REFRESH_LENGTH", "length", 16, message, notification);
  }
  return { type: "route-refresh", family: { afi: (bytes[19]! << 8) | bytes[20]!, safi: bytes[22]! }, subtype };
}

/**
 * Reads one whole message; the result owns its memory. This says what the bytes say: an UPDATE whose parts can all be read is
 * returned even if no session would use it. What a session makes of a message is `viewMessage`'s answer.
 * @throws BgpDecodeError when it cannot be read
 */
export function decodeMessage(bytes: Uint8Array, context: CodecContext): Message {
  const wrong = checkWhole(bytes, context.extendedMessage);
  if (wrong !== undefined) throw wrong;
  switch (bytes[18]) {
    case MessageType.open:
      return decodeOpen(bytes);
    case MessageType.update:
      return decodeUpdate(bytes, context);
    case MessageType.notification:
      return decodeNotification(bytes);
    case MessageType["route-refresh"]:
      return decodeRouteRefresh(bytes);
    default:
      return KEEPALIVE;
  }
}

/** What a session gets: messages other than UPDATE are read; an UPDATE is judged and read on demand. */
export type MessageView = OpenMessage | UpdateView | NotificationMessage | KeepaliveMessage | RouteRefreshMessage;

function resetError(view: UpdateView): BgpDecodeError {
  const { code, subcode, data, attribute } = view.verdict;
  const message = `the UPDATE ends the session with ${code}/${subcode}`;
  return new BgpDecodeError(
    "ERR_BGP_UPDATE",
    "UPDATE",
    19,
    message,
    { type: "notification", code, subcode, data },
    attribute,
  );
}

/**
 * Judges and reads one whole message as a session must (RFC 4271 section 6, RFC 7606). An UPDATE comes as a view of `bytes`,
 * which must not change while it is in use.
 * @throws BgpDecodeError when the session has to end; its `notification` is the one to send
 */
export function viewMessage(bytes: Uint8Array, context: ReceiveContext): MessageView {
  const wrong = checkWhole(bytes, context.extendedMessage);
  if (wrong !== undefined) throw wrong;
  switch (bytes[18]) {
    case MessageType.update: {
      const view = judgeUpdate(bytes, context);
      if (view.verdict.action === "reset") throw resetError(view);
      return view;
    }
    case MessageType.open: {
      const open = decodeOpen(bytes);
      refuseOpen(open);
      return open;
    }
    case MessageType.notification:
      return decodeNotification(bytes);
    case MessageType["route-refresh"]:
      return decodeRouteRefresh(bytes);
    default:
      return KEEPALIVE;
  }
}

/** The decision on one message as data: `viewMessage` without its throw. */
export function judgeMessage(bytes: Uint8Array, context: ReceiveContext): Verdict {
  try {
    const view = viewMessage(bytes, context);
    return view.type === "update" ? view.verdict : ACCEPT;
  } catch (error) {
    if (!(error instanceof BgpDecodeError)) throw error;
    const { code, subcode, data } = error.notification;
    return { action: "reset", code, subcode, data, attribute: error.attribute };
  }
}
