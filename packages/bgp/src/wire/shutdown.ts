import type { NotificationMessage } from "./message.js";
import { CeaseSubcode, NotificationCode } from "./notification-codes.js";
import { readText, writeText } from "./text.js";

/** Octets of text that RFC 9003 section 2 allows. */
const MAX_TEXT = 255;

function carriesText({ code, subcode }: NotificationMessage): boolean {
  return (
    code === NotificationCode.cease &&
    (subcode === CeaseSubcode.administrativeShutdown || subcode === CeaseSubcode.administrativeReset)
  );
}

/** The shutdown communication of a Cease (RFC 9003), or undefined when there is none or it is not what it should be. */
export function shutdownText(notification: NotificationMessage): string | undefined {
  const { data } = notification;
  if (!carriesText(notification) || data.length === 0 || data[0] !== data.length - 1) return undefined;
  return readText(data.subarray(1));
}

/**
 * A Cease; a text goes with administrative shutdown and reset only (RFC 9003 section 2) and is cut to 255 octets at the end of
 * a character.
 */
export function ceaseWithText(subcode: number, text = ""): NotificationMessage {
  const plain: NotificationMessage = {
    type: "notification",
    code: NotificationCode.cease,
    subcode,
    data: new Uint8Array(0),
  };
  if (text === "" || !carriesText(plain)) return plain;
  const encoded = writeText(text, MAX_TEXT);
  const data = new Uint8Array(1 + encoded.length);
  data[0] = encoded.length;
  data.set(encoded, 1);
  return { ...plain, data };
}

/** A Hard Reset around another NOTIFICATION (RFC 8538 section 3.1): graceful restart does not apply. */
export function hardReset(inner: NotificationMessage): NotificationMessage {
  const data = new Uint8Array(2 + inner.data.length);
  data[0] = inner.code;
  data[1] = inner.subcode;
  data.set(inner.data, 2);
  return { type: "notification", code: NotificationCode.cease, subcode: CeaseSubcode.hardReset, data };
}

/** The NOTIFICATION inside a Hard Reset; undefined when it is none or holds none. */
export function innerNotification({ code, subcode, data }: NotificationMessage): NotificationMessage | undefined {
  if (code !== NotificationCode.cease || subcode !== CeaseSubcode.hardReset || data.length < 2) return undefined;
  return { type: "notification", code: data[0]!, subcode: data[1]!, data: data.slice(2) };
}
