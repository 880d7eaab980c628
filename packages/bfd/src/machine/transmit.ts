import type { Millis } from "@vipkit/net";
import { encodeAuthenticated } from "../wire/auth.js";
import { encodeBfd, type BfdPacket } from "../wire/packet.js";
import type { Core } from "./core.js";
import { shownTxMs, transmitIntervalMs } from "./state.js";

function nextJitter({ state }: Core): number {
  state.seed = (Math.imul(state.seed, 1_664_525) + 1_013_904_223) | 0;
  return (state.seed >>> 0) / 0x1_0000_0000;
}

/** RFC 5880 section 6.8.7: up to a quarter shorter, and at least a tenth when one lost packet would end the session. */
function jittered(core: Core, interval: Millis): Millis {
  const share = nextJitter(core);
  return core.state.detectMultiplier === 1 ? interval * (0.9 - 0.15 * share) : interval * (1 - 0.25 * share);
}

function packetOf({ state, settings }: Core, poll: boolean, final: boolean): BfdPacket {
  return {
    diagnostic: state.diagnostic,
    state: state.state,
    poll,
    final,
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: state.detectMultiplier,
    myDiscriminator: settings.localDiscriminator,
    yourDiscriminator: state.remoteDiscriminator,
    desiredMinTxUs: Math.round(shownTxMs(state) * 1000),
    requiredMinRxUs: Math.round(state.requiredMinRxMs * 1000),
    // No echo: 0 says so (RFC 5880 section 6.8.9).
    requiredMinEchoRxUs: 0,
  };
}

export function send(core: Core, final: boolean): void {
  const { settings, state } = core;
  // A packet never has both bits (RFC 5880 section 6.8.7).
  const packet = packetOf(core, state.polling && !final, final);
  const { auth } = settings;
  const bytes = auth === undefined ? encodeBfd(packet) : encodeAuthenticated(packet, auth, state.sendSequence);
  core.counters.sent += 1;
  // Meticulous authentication wants a new number for each packet; the others may have one.
  state.sendSequence = (state.sendSequence + 1) >>> 0;
  core.effects.push({ type: "send", bytes });
}

/** RFC 5880 section 6.8.7: who must not send of its own accord. */
function isSilent({ settings, state }: Core): boolean {
  if (!state.started || transmitIntervalMs(state) === Infinity) return true;
  if (settings.passive && state.remoteDiscriminator === 0) return true;
  // The other end asks when it wants to know (section 6.6).
  return state.remoteDemand && state.state === "Up" && state.remoteState === "Up" && !state.polling;
}

/** When the next periodic packet is due, counted from `from` (RFC 5880 section 6.8.7). */
export function schedule(core: Core, from: Millis): void {
  core.state.sendAt = isSilent(core) ? Infinity : from + jittered(core, transmitIntervalMs(core.state));
}

/** RFC 5880 section 6.8.7: a change is told at once, between the periodic packets. */
export function sendChange(core: Core, now: Millis): void {
  if (!isSilent(core)) send(core, false);
  schedule(core, now);
}

/** After a packet has changed what is wanted of us: begins, ends or hastens sending, and leaves it alone otherwise. */
export function reschedule(core: Core, intervalBefore: Millis, now: Millis): void {
  const interval = transmitIntervalMs(core.state);
  const { sendAt } = core.state;
  const hasten = interval < intervalBefore && now + interval < sendAt;
  if (hasten || isSilent(core) !== (sendAt === Infinity)) schedule(core, now);
}
