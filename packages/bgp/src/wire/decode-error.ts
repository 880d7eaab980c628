import { DecodeError } from "@vipkit/net";
import type { NotificationMessage } from "./message.js";

/** Bytes that are no BGP message, or one that ends the session. Carries the NOTIFICATION to answer with. */
export class BgpDecodeError extends DecodeError {
  override readonly name = "BgpDecodeError";
  /** Ready to be encoded and sent. */
  readonly notification: NotificationMessage;
  /** Type code of the path attribute at fault, where one is. */
  readonly attribute: number | undefined;

  constructor(
    code: string,
    field: string,
    offset: number,
    message: string,
    notification: NotificationMessage,
    attribute?: number,
  ) {
    super(code, field, offset, message);
    this.notification = notification;
    this.attribute = attribute;
  }
}
