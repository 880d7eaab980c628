import type { Millis } from "@vipkit/net";
import { BfdDiagnostic, type BfdStateName } from "../wire/packet.js";
import type { BfdSettings } from "./config.js";

/** The state variables of RFC 5880 section 6.8.1, and what the damping of flaps needs. Plain data. */
export interface BfdState {
  readonly started: boolean;
  readonly state: BfdStateName;
  readonly since: Millis;
  readonly remoteState: BfdStateName;
  /** 0 = unknown */
  readonly remoteDiscriminator: number;
  readonly diagnostic: number;
  readonly remoteDiagnostic: number;
  /** What we ask for, and what is in force while a Poll Sequence has not ended. */
  readonly desiredMinTxMs: Millis;
  readonly requiredMinRxMs: Millis;
  readonly txInForceMs: Millis;
  readonly rxInForceMs: Millis;
  readonly detectMultiplier: number;
  readonly remoteMinRxMs: Millis;
  readonly remoteMinTxMs: Millis;
  readonly remoteMultiplier: number;
  readonly remoteDemand: boolean;
  readonly polling: boolean;
  /** When the next packet goes out, and when the other end is given up. */
  readonly sendAt: Millis;
  readonly detectAt: Millis;
  readonly sendSequence: number;
  /** The last sequence number accepted, undefined while none is known, and until when it counts. */
  readonly receivedSequence: number | undefined;
  readonly sequenceUntil: Millis;
  /** The other end has got a respite in this silence because we were late. */
  readonly spared: boolean;
  /** Packets that still tell the other end of our stopping. */
  readonly farewells: number;
  /** When the other end was last heard while both were up. */
  readonly heardUpAt: Millis;
  readonly flaps: number;
  /** When the state was last entered that is, or was, "Up". */
  readonly upSince: Millis;
  /** Up, but not yet told: until then. */
  readonly tellUpAt: Millis;
  readonly toldUp: boolean;
  readonly seed: number;
}

/** RFC 5880 section 6.8.3: not faster than this while the session is not up. */
export const SLOW_TX_MS: Millis = 1000;

export function newState(settings: BfdSettings, seed: number, now: Millis): BfdState {
  return {
    started: false,
    state: "AdminDown",
    since: now,
    remoteState: "Down",
    remoteDiscriminator: 0,
    diagnostic: BfdDiagnostic.none,
    remoteDiagnostic: BfdDiagnostic.none,
    desiredMinTxMs: settings.desiredMinTxMs,
    requiredMinRxMs: settings.requiredMinRxMs,
    txInForceMs: SLOW_TX_MS,
    rxInForceMs: settings.requiredMinRxMs,
    detectMultiplier: settings.detectMultiplier,
    remoteMinRxMs: 0.001,
    remoteMinTxMs: 0,
    remoteMultiplier: 0,
    remoteDemand: false,
    polling: false,
    sendAt: Infinity,
    detectAt: Infinity,
    sendSequence: seed >>> 0,
    receivedSequence: undefined,
    sequenceUntil: 0,
    spared: false,
    farewells: 0,
    heardUpAt: now,
    flaps: 0,
    upSince: now,
    tellUpAt: Infinity,
    toldUp: false,
    seed,
  };
}

/** What we say we would like to send at: slow until up (RFC 5880 section 6.8.3). */
export function shownTxMs(state: BfdState): Millis {
  return state.state === "Up" ? state.desiredMinTxMs : Math.max(SLOW_TX_MS, state.desiredMinTxMs);
}

/** How long silence lasts before the other end is given up (RFC 5880 section 6.8.4). */
export function detectionTimeMs(state: BfdState): Millis {
  return state.remoteMultiplier * Math.max(state.rxInForceMs, state.remoteMinTxMs);
}

/** How often we send (RFC 5880 section 6.8.7); Infinity when the other end wants nothing. */
export function transmitIntervalMs(state: BfdState): Millis {
  return state.remoteMinRxMs === 0 ? Infinity : Math.max(state.txInForceMs, state.remoteMinRxMs);
}

/** When the session next wants a tick. */
export function dueAt({ sendAt, detectAt, tellUpAt }: BfdState): Millis {
  return Math.min(sendAt, detectAt, tellUpAt);
}
