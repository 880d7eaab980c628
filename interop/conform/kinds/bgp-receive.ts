import { judgeMessage } from "@vipkit/bgp";
import { VipkitError } from "@vipkit/net";
import { readContext, readHex } from "./bgp.js";

/** What a session makes of one message (RFC 7606). Routes of families that are not negotiated are no error. */
export const answer = (line: Readonly<Record<string, unknown>>): object => {
  const session = line.session;
  if (typeof session !== "object" || session === null) throw new VipkitError("ERR_INPUT", "session is missing");
  const { ibgp } = session as { ibgp?: unknown };
  const context = { ...readContext(session as Record<string, unknown>, false), ibgp: ibgp === true };
  const { action, code, subcode, attribute } = judgeMessage(readHex(line), context);
  if (action === "accept") return { action };
  return { action, code, subcode, ...(attribute === undefined ? {} : { attribute }) };
};
