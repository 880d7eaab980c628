import type { Millis } from "@vipkit/net";
import { BfdDiagnostic } from "../wire/packet.js";
import type { Core } from "./core.js";
import { detectionTimeMs, dueAt } from "./state.js";
import { enter } from "./transition.js";
import { schedule } from "./transmit.js";

/** A tick that comes later than this comes from a program that was not there. */
const LATE_MS: Millis = 10;

/**
 * Silence counts only while somebody listens. When ticks come late, the program did not run, and what the other end has sent
 * meanwhile has not been read: the time lost is not held against it. Where that leaves nothing, it gets the time for one more
 * packet, once, so that what waits in the socket is read first. A program that is always late detects later, but it detects.
 */
export function allowForLateness(core: Core, now: Millis): void {
  const { state } = core;
  const late = now - dueAt(state);
  if (late < LATE_MS || state.detectAt === Infinity) return;
  const detection = detectionTimeMs(state);
  const detectAt = Math.min(state.detectAt + late, now + detection);
  if (detectAt > now) state.detectAt = detectAt;
  else if (!state.spared) {
    state.detectAt = now + detection / Math.max(1, state.remoteMultiplier);
    state.spared = true;
  }
}

/** Nothing was heard for the detection time (RFC 5880 section 6.8.4). */
export function expire(core: Core, now: Millis): void {
  core.state.detectAt = Infinity;
  core.state.remoteDiscriminator = 0;
  const { state } = core.state;
  const reason = "nothing was heard for the detection time";
  if (state === "Init" || state === "Up") {
    enter(core, "Down", { diagnostic: BfdDiagnostic.detectionTimeExpired, reason }, now);
  } else if (core.settings.passive) schedule(core, now);
}
