import { DecodeError, type Millis } from "@vipkit/net";
import { isMeticulous, verifyAuth } from "../wire/auth.js";
import { BfdDiagnostic, decodeBfd, type BfdPacket, type BfdStateName } from "../wire/packet.js";
import { discard, type Core } from "./core.js";
import { detectionTimeMs, shownTxMs, transmitIntervalMs } from "./state.js";
import { enter, type Cause } from "./transition.js";
import { reschedule, send } from "./transmit.js";

/** The packet, once it has passed everything that RFC 5880 section 6.8.6 asks of it before it counts. */
function accepted(core: Core, bytes: Uint8Array, now: Millis): BfdPacket | undefined {
  let packet: BfdPacket;
  try {
    packet = decodeBfd(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    discard(core, error.code, error.message);
    return undefined;
  }
  const { yourDiscriminator } = packet;
  if (yourDiscriminator !== 0 && yourDiscriminator !== core.settings.localDiscriminator) {
    discard(core, "ERR_BFD_NO_SESSION", `discriminator ${yourDiscriminator} is not ours`);
    return undefined;
  }
  return isAuthentic(core, packet, bytes, now) ? packet : undefined;
}

/** Accepts or refuses by the rules of RFC 5880 sections 6.7.2 to 6.7.4. */
function isAuthentic(core: Core, packet: BfdPacket, bytes: Uint8Array, now: Millis): boolean {
  const { auth } = core.settings;
  if (auth === undefined) {
    if (packet.auth !== undefined) discard(core, "ERR_BFD_AUTH", "the packet is authenticated, the session is not");
    return packet.auth === undefined;
  }
  const verdict = verifyAuth(bytes, auth);
  if (!verdict.ok) {
    discard(core, "ERR_BFD_AUTH", verdict.reason);
    return false;
  }
  const { sequence } = verdict;
  if (sequence === undefined) return true;
  const { receivedSequence, remoteMultiplier, sequenceUntil } = core.state;
  if (receivedSequence !== undefined && now < sequenceUntil) {
    const ahead = (sequence - receivedSequence) >>> 0;
    const least = isMeticulous(auth) ? 1 : 0;
    if (ahead < least || ahead > 3 * Math.max(1, remoteMultiplier)) {
      discard(core, "ERR_BFD_SEQUENCE", `sequence number ${sequence} after ${receivedSequence}`);
      return false;
    }
  }
  core.state.receivedSequence = sequence;
  return true;
}

function learn({ state }: Core, packet: BfdPacket): void {
  state.remoteDiscriminator = packet.myDiscriminator;
  state.remoteState = packet.state;
  state.remoteDiagnostic = packet.diagnostic;
  state.remoteDemand = packet.demand;
  state.remoteMinRxMs = packet.requiredMinRxUs / 1000;
  state.remoteMinTxMs = packet.desiredMinTxUs / 1000;
  state.remoteMultiplier = packet.detectMultiplier;
  // Our Poll Sequence ends with the other end's Final (RFC 5880 section 6.5): what we asked for is in force.
  if (!packet.final || !state.polling) return;
  state.polling = false;
  state.txInForceMs = shownTxMs(state);
  state.rxInForceMs = state.requiredMinRxMs;
}

const THERE: Cause = { diagnostic: BfdDiagnostic.none, reason: "the other end is there" };
const HEARD: Cause = { diagnostic: BfdDiagnostic.none, reason: "both ends hear each other" };
const SAYS_DOWN: Cause = { diagnostic: BfdDiagnostic.neighborDown, reason: "the other end says that it is down" };
const STOPPED: Cause = {
  diagnostic: BfdDiagnostic.neighborDown,
  reason: "the other end is administratively down",
  administrative: true,
};

/** RFC 5880 section 6.8.6, the part that moves the state. */
function follow(core: Core, remote: BfdStateName, now: Millis): void {
  const { state } = core.state;
  if (remote === "AdminDown") enter(core, "Down", STOPPED, now);
  else if (state === "Down") {
    if (remote === "Down") enter(core, "Init", THERE, now);
    else if (remote === "Init") enter(core, "Up", HEARD, now);
  } else if (state === "Init") {
    if (remote === "Init" || remote === "Up") enter(core, "Up", HEARD, now);
  } else if (remote === "Down") enter(core, "Down", SAYS_DOWN, now);
}

/** A datagram of the other end (RFC 5880 section 6.8.6). */
export function receive(core: Core, bytes: Uint8Array, now: Millis): void {
  core.counters.received += 1;
  const packet = accepted(core, bytes, now);
  if (packet === undefined || !core.state.started) return;
  const intervalBefore = transmitIntervalMs(core.state);
  learn(core, packet);
  follow(core, packet.state, now);
  reschedule(core, intervalBefore, now);
  const { state } = core;
  if (state.state === "Up" && packet.state !== "Down") state.heardUpAt = now;
  const detection = detectionTimeMs(state);
  state.detectAt = now + detection;
  // Sequence numbers are forgotten after twice the detection time (RFC 5880 section 6.8.1, bfd.AuthSeqKnown).
  state.sequenceUntil = now + 2 * detection;
  state.spared = false;
  if (packet.poll) send(core, true);
}
