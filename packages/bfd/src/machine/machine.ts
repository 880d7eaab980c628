import { DecodeError, type Machine, type Millis, type Tick } from "@vipkit/net";
import { encodeAuthenticated, verifyAuth } from "../wire/auth.js";
import {
  BfdDiagnostic,
  decodeBfd,
  diagnosticName,
  encodeBfd,
  type BfdPacket,
  type BfdStateName,
} from "../wire/packet.js";
import { bfdSettings, checkTimers, type BfdConfig, type BfdSettings } from "./config.js";
import { damped } from "./damping.js";
import { detectionTimeMs, newState, shownTxMs, SLOW_TX_MS, transmitIntervalMs, type BfdState } from "./state.js";

export type BfdInput =
  | { readonly type: "start" }
  /** Administratively down: the other end is told, and stops relying on the session (RFC 5880 section 6.8.16). */
  | { readonly type: "stop" }
  /** The payload of a datagram that came from the other end with an acceptable TTL. */
  | { readonly type: "packet"; readonly bytes: Uint8Array }
  /** New timers, also while the session is up (RFC 5880 section 6.8.3). */
  | {
      readonly type: "timers";
      readonly desiredMinTxMs: Millis;
      readonly requiredMinRxMs: Millis;
      readonly detectMultiplier: number;
    };

/** What people and routing protocols are told. */
export type BfdEvent =
  | { readonly type: "state"; readonly from: BfdStateName; readonly to: BfdStateName; readonly reason: string }
  /** The path works, and has done so long enough to be believed. */
  | { readonly type: "up" }
  /** The path that was told to be up has failed. */
  | { readonly type: "down"; readonly reason: string; readonly diagnostic: number }
  | { readonly type: "discarded"; readonly code: string; readonly reason: string };

export type BfdEffect =
  { readonly type: "send"; readonly bytes: Uint8Array } | { readonly type: "event"; readonly event: BfdEvent };

/** A BFD session as plain data; times in milliseconds. */
export interface BfdSnapshot {
  readonly name: string;
  readonly state: BfdStateName;
  readonly sinceMsAgo: Millis;
  readonly remoteState: BfdStateName;
  readonly diagnostic: string;
  readonly remoteDiagnostic: string;
  readonly localDiscriminator: number;
  readonly remoteDiscriminator: number;
  readonly transmitIntervalMs: Millis;
  readonly detectionTimeMs: Millis;
  readonly flaps: number;
  readonly toldUp: boolean;
  readonly counters: BfdCounters;
}

export interface BfdCounters {
  sent: number;
  received: number;
  discarded: number;
  ups: number;
  downs: number;
}

export interface BfdMachine extends Machine<BfdInput, BfdEffect> {
  readonly settings: BfdSettings;
  readonly state: BfdState;
  snapshot(now: Millis): BfdSnapshot;
}

interface Core {
  readonly settings: BfdSettings;
  state: BfdState;
  readonly counters: BfdCounters;
  effects: BfdEffect[];
}

function tell(core: Core, event: BfdEvent): void {
  core.effects.push({ type: "event", event });
}

function nextJitter(core: Core): number {
  const seed = (Math.imul(core.state.seed, 1_664_525) + 1_013_904_223) | 0;
  core.state = { ...core.state, seed };
  return (seed >>> 0) / 0x1_0000_0000;
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

function send(core: Core, final: boolean): void {
  const { settings, state } = core;
  // A packet never has both bits (RFC 5880 section 6.8.7).
  const packet = packetOf(core, state.polling && !final, final);
  const { auth } = settings;
  const bytes = auth === undefined ? encodeBfd(packet) : encodeAuthenticated(packet, auth, state.sendSequence);
  core.counters.sent += 1;
  // Meticulous authentication wants a new number for each packet; the others may have one.
  core.state = { ...core.state, sendSequence: (core.state.sendSequence + 1) >>> 0 };
  core.effects.push({ type: "send", bytes });
}

/** When the next periodic packet is due, counted from `from` (RFC 5880 section 6.8.7). */
function schedule(core: Core, from: Millis): void {
  const { state, settings } = core;
  const silent = !state.started || (settings.passive && state.remoteDiscriminator === 0);
  const interval = transmitIntervalMs(state);
  const sendAt = silent || interval === Infinity ? Infinity : from + jittered(core, interval);
  core.state = { ...core.state, sendAt };
}

function enter(core: Core, to: BfdStateName, diagnostic: number, reason: string, now: Millis): void {
  const { state: from } = core.state;
  if (from === to) return;
  core.state = { ...core.state, state: to, since: now, diagnostic };
  tell(core, { type: "state", from, to, reason });
  const { desiredMinTxMs } = core.state;
  // Fast only while up; the other end hears of it by a Poll Sequence (RFC 5880 section 6.8.3).
  const txInForceMs = to === "Up" ? desiredMinTxMs : Math.max(SLOW_TX_MS, desiredMinTxMs);
  core.state = { ...core.state, txInForceMs, polling: to === "Up" };
  core.state = damped(core.state, core.settings.damping, from, to, now, (event) => tell(core, event), reason);
  if (to === "Up") core.counters.ups += 1;
  if (from === "Up") core.counters.downs += 1;
  schedule(core, now);
}

function discard(core: Core, code: string, reason: string): void {
  core.counters.discarded += 1;
  tell(core, { type: "discarded", code, reason });
}

/** Accepts or refuses by the rules of RFC 5880 sections 6.7.2 to 6.7.4. */
function isAuthentic(core: Core, packet: BfdPacket, bytes: Uint8Array): boolean {
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
  if (verdict.sequence === undefined) return true;
  const { receivedSequence, remoteMultiplier } = core.state;
  if (receivedSequence !== undefined) {
    const ahead = (verdict.sequence - receivedSequence) >>> 0;
    const least = auth.type === "meticulous-sha1" ? 1 : 0;
    if (ahead < least || ahead > 3 * Math.max(1, remoteMultiplier)) {
      discard(core, "ERR_BFD_SEQUENCE", `sequence number ${verdict.sequence} after ${receivedSequence}`);
      return false;
    }
  }
  core.state = { ...core.state, receivedSequence: verdict.sequence };
  return true;
}

/** RFC 5880 section 6.8.6, the part that moves the state. */
function follow(core: Core, remote: BfdStateName, now: Millis): void {
  const { state } = core.state;
  if (remote === "AdminDown") {
    if (state !== "Down")
      enter(core, "Down", BfdDiagnostic.neighborDown, "the other end is administratively down", now);
  } else if (state === "Down") {
    if (remote === "Down") enter(core, "Init", BfdDiagnostic.none, "the other end is there", now);
    else if (remote === "Init") enter(core, "Up", BfdDiagnostic.none, "both ends hear each other", now);
  } else if (state === "Init") {
    if (remote === "Init" || remote === "Up") enter(core, "Up", BfdDiagnostic.none, "both ends hear each other", now);
  } else if (remote === "Down") {
    enter(core, "Down", BfdDiagnostic.neighborDown, "the other end says that it is down", now);
  }
}

function learn(core: Core, packet: BfdPacket, now: Millis): void {
  const before = transmitIntervalMs(core.state);
  core.state = {
    ...core.state,
    remoteDiscriminator: packet.myDiscriminator,
    remoteState: packet.state,
    remoteDiagnostic: packet.diagnostic,
    remoteDemand: packet.demand,
    remoteMinRxMs: packet.requiredMinRxUs / 1000,
    remoteMinTxMs: packet.desiredMinTxUs / 1000,
    remoteMultiplier: packet.detectMultiplier,
  };
  // Our Poll Sequence ends with the other end's Final (RFC 5880 section 6.5): what we asked for is in force.
  if (packet.final && core.state.polling) {
    const { state } = core;
    core.state = { ...state, polling: false, txInForceMs: shownTxMs(state), rxInForceMs: state.requiredMinRxMs };
  }
  const after = transmitIntervalMs(core.state);
  const { sendAt } = core.state;
  if (sendAt === Infinity || (after < before && now + after < sendAt)) schedule(core, now);
}

function receive(core: Core, bytes: Uint8Array, now: Millis): void {
  core.counters.received += 1;
  let packet: BfdPacket;
  try {
    packet = decodeBfd(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return discard(core, error.code, error.message);
  }
  const { localDiscriminator } = core.settings;
  if (packet.yourDiscriminator !== 0 && packet.yourDiscriminator !== localDiscriminator) {
    return discard(core, "ERR_BFD_NO_SESSION", `discriminator ${packet.yourDiscriminator} is not ours`);
  }
  if (!isAuthentic(core, packet, bytes)) return;
  if (!core.state.started) return;
  learn(core, packet, now);
  follow(core, packet.state, now);
  core.state = { ...core.state, detectAt: now + detectionTimeMs(core.state) };
  if (packet.poll) send(core, true);
}

/** Silence (RFC 5880 section 6.8.4). */
function expire(core: Core, now: Millis): void {
  core.state = { ...core.state, detectAt: Infinity, remoteDiscriminator: 0, receivedSequence: undefined };
  const { state } = core.state;
  if (state === "Init" || state === "Up") {
    enter(core, "Down", BfdDiagnostic.detectionTimeExpired, "nothing was heard for the detection time", now);
  }
}

function tick(core: Core, now: Millis): void {
  if (now >= core.state.detectAt) expire(core, now);
  if (now >= core.state.tellUpAt) {
    core.state = { ...core.state, tellUpAt: Infinity, toldUp: true };
    tell(core, { type: "up" });
  }
  if (now >= core.state.sendAt) {
    send(core, false);
    schedule(core, now);
  }
}

function start(core: Core, now: Millis): void {
  if (core.state.started) return;
  core.state = { ...core.state, started: true, remoteDiscriminator: 0, receivedSequence: undefined, flaps: 0 };
  enter(core, "Down", BfdDiagnostic.none, "started", now);
  schedule(core, now);
}

function stop(core: Core, now: Millis): void {
  if (!core.state.started) return;
  enter(core, "AdminDown", BfdDiagnostic.administrativelyDown, "stopped", now);
  // One packet tells it at once; the other end would otherwise wait for its detection time.
  if (core.state.remoteDiscriminator !== 0) send(core, false);
  core.state = { ...core.state, started: false, sendAt: Infinity, detectAt: Infinity, tellUpAt: Infinity };
}

/** RFC 5880 section 6.8.3: slower sending and faster expecting wait for the Poll Sequence, the rest is in force at once. */
function setTimers(core: Core, input: BfdInput & { type: "timers" }, now: Millis): void {
  const { desiredMinTxMs, requiredMinRxMs, detectMultiplier } = input;
  checkTimers(desiredMinTxMs, requiredMinRxMs, detectMultiplier);
  const { state } = core;
  const isUp = state.state === "Up";
  core.state = { ...state, desiredMinTxMs, requiredMinRxMs, detectMultiplier, polling: state.started && isUp };
  const shown = shownTxMs(core.state);
  core.state = {
    ...core.state,
    txInForceMs: isUp && shown > state.txInForceMs ? state.txInForceMs : shown,
    rxInForceMs: isUp && requiredMinRxMs < state.rxInForceMs ? state.rxInForceMs : requiredMinRxMs,
  };
  schedule(core, now);
}

function accept(core: Core, input: BfdInput | Tick, now: Millis): void {
  switch (input.type) {
    case "tick":
      tick(core, now);
      break;
    case "start":
      start(core, now);
      break;
    case "stop":
      stop(core, now);
      break;
    case "packet":
      receive(core, input.bytes, now);
      break;
    case "timers":
      setTimers(core, input, now);
      break;
  }
}

function snapshotOf({ settings, state, counters }: Core, now: Millis): BfdSnapshot {
  return {
    name: settings.name,
    state: state.state,
    sinceMsAgo: Math.round(now - state.since),
    remoteState: state.remoteState,
    diagnostic: diagnosticName(state.diagnostic),
    remoteDiagnostic: diagnosticName(state.remoteDiagnostic),
    localDiscriminator: settings.localDiscriminator,
    remoteDiscriminator: state.remoteDiscriminator,
    transmitIntervalMs: transmitIntervalMs(state),
    detectionTimeMs: detectionTimeMs(state),
    flaps: state.flaps,
    toldUp: state.toldUp,
    counters: { ...counters },
  };
}

/**
 * A BFD session in asynchronous mode (RFC 5880), without I/O: datagrams and time go in, datagrams and events come out.
 * @param seed any number: where jitter and authentication sequence numbers begin
 * @throws VipkitError `ERR_BFD_CONFIG`
 */
export function createBfdMachine(config: BfdConfig, seed: number, now: Millis): BfdMachine {
  const settings = bfdSettings(config);
  const core: Core = {
    settings,
    state: newState(settings, seed | 0, now),
    counters: { sent: 0, received: 0, discarded: 0, ups: 0, downs: 0 },
    effects: [],
  };
  return {
    settings,
    handle: (input, at) => {
      core.effects = [];
      accept(core, input, at);
      return core.effects;
    },
    get deadline(): Millis {
      const { sendAt, detectAt, tellUpAt } = core.state;
      return Math.min(sendAt, detectAt, tellUpAt);
    },
    get state(): BfdState {
      return core.state;
    },
    snapshot: (at) => snapshotOf(core, at),
  };
}
