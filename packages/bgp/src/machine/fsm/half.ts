import type { Millis } from "@vipkit/net";
import type { FsmStateName } from "./events.js";

/** Who opened the TCP connection: `out` is the half-session that dials, `in` the one that only listens. */
export type Side = "out" | "in";

/** The timers of RFC 4271 sections 8.1.3 and 10, and of RFC 9687. */
export type FsmTimerName = "connectRetry" | "hold" | "keepalive" | "delayOpen" | "idleHold" | "sendHold";

/** When each running timer fires, in the milliseconds of the machine's time; a timer that is absent does not run. */
export type FsmTimers = Readonly<Partial<Record<FsmTimerName, Millis>>>;

/**
 * One FSM of RFC 4271 section 8: there is one per TCP connection, so a peer has two, one for each direction of dialling.
 * Plain data, safe for JSON.
 */
export interface HalfSession {
  readonly side: Side;
  readonly state: FsmStateName;
  /** When the state was entered. */
  readonly since: Millis;
  /** The driver's number of the TCP connection (or of the dial under way); 0 when there is none. */
  readonly connection: number;
  readonly timers: FsmTimers;
  readonly connectRetryCounter: number;
  /** What was agreed on in the OPEN messages; 0 means that neither hold nor keepalive timer runs. */
  readonly holdTimeMs: Millis;
}

export function newHalf(side: Side, now: Millis): HalfSession {
  return { side, state: "Idle", since: now, connection: 0, timers: {}, connectRetryCounter: 0, holdTimeMs: 0 };
}

/** The earliest running timer, ties in alphabetical order of the names; undefined when none runs. */
export function nextTimer(half: HalfSession): { readonly name: FsmTimerName; readonly at: Millis } | undefined {
  let first: { readonly name: FsmTimerName; readonly at: Millis } | undefined;
  for (const name of Object.keys(half.timers).sort() as FsmTimerName[]) {
    const at = half.timers[name]!;
    if (first === undefined || at < first.at) first = { name, at };
  }
  return first;
}

/** The half-session with that timer set, or stopped where `at` is undefined. */
export function withTimer(half: HalfSession, name: FsmTimerName, at: Millis | undefined): HalfSession {
  if (at !== undefined) return { ...half, timers: { ...half.timers, [name]: at } };
  if (half.timers[name] === undefined) return half;
  return { ...half, timers: Object.fromEntries(Object.entries(half.timers).filter(([running]) => running !== name)) };
}
