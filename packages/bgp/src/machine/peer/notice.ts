import type { Millis } from "@vipkit/net";
import type { NotificationMessage } from "../../wire/message.js";
import { CeaseSubcode, NotificationCode, notificationName } from "../../wire/notification-codes.js";
import { ceaseWithText, hardReset, innerNotification, shutdownText } from "../../wire/shutdown.js";
import type { ErrorReport } from "../fsm/step.js";
import { sessionConnection, tell, type PeerCore } from "./core.js";
import type { NotificationRecord } from "./effects.js";

/** Remembers a NOTIFICATION in words and tells of it. */
export function recordNotification(
  core: PeerCore,
  direction: NotificationRecord["direction"],
  error: ErrorReport,
  now: Millis,
): void {
  const message: NotificationMessage = { type: "notification", ...error };
  // RFC 8538 section 3.1: a hard reset carries the true reason inside.
  const inner = innerNotification(message);
  const shown = inner ?? message;
  const text = shutdownText(shown);
  core.lastNotification = {
    direction,
    code: shown.code,
    subcode: shown.subcode,
    name: notificationName(shown.code, shown.subcode),
    ...(text === undefined ? {} : { text }),
    hardReset: error.code === NotificationCode.cease && error.subcode === CeaseSubcode.hardReset,
    at: now,
  };
  tell(core, { type: "notification", ...core.lastNotification });
}

/**
 * Cease for a stop that people asked for, with the shutdown communication (RFC 9003). A peer that would keep our routes
 * over a NOTIFICATION gets a hard reset, so that they go (RFC 8538 section 4).
 */
export function shutdownReport(core: PeerCore, text: string | undefined): ErrorReport {
  const cease = ceaseWithText(CeaseSubcode.administrativeShutdown, text);
  const keeps = sessionConnection(core)?.negotiated?.gracefulRestart?.notification === true;
  const { code, subcode, data } = keeps ? hardReset(cease) : cease;
  return { code, subcode, data };
}
