import type { Millis } from "@vipkit/net";
import type { BfdStateName } from "../wire/packet.js";
import { tell, type Core } from "./core.js";
import { damp } from "./damping.js";
import { SLOW_TX_MS } from "./state.js";
import { sendChange } from "./transmit.js";

/** Why a session changes its state. */
export interface Cause {
  readonly diagnostic: number;
  readonly reason: string;
  /** One of the ends does not want to watch: nothing has failed. */
  readonly administrative?: boolean | undefined;
}

/** Goes to another state and tells of it; nothing when the session is there already. */
export function enter(core: Core, to: BfdStateName, cause: Cause, now: Millis): void {
  const { state } = core;
  const { state: from, desiredMinTxMs } = state;
  if (from === to) return;
  state.state = to;
  state.since = now;
  state.diagnostic = cause.diagnostic;
  // Fast only while up; the other end hears of it by a Poll Sequence (RFC 5880 section 6.8.3).
  state.txInForceMs = to === "Up" ? desiredMinTxMs : Math.max(SLOW_TX_MS, desiredMinTxMs);
  state.polling = to === "Up";
  tell(core, { type: "state", from, to, reason: cause.reason });
  damp(core, { from, to, now, ...cause });
  if (to === "Up") core.counters.ups += 1;
  if (from === "Up") core.counters.downs += 1;
  sendChange(core, now);
}
