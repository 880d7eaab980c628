/** Monotonic milliseconds, fractions allowed. Only differences mean anything. */
export type Millis = number;

/**
 * The one shape of every protocol engine: inputs go in with the time, effects come out as values, and `deadline` says when
 * the machine next wants a `tick` (or Infinity). It does no I/O, reads no clock, draws no random number.
 */
export interface Machine<Input, Effect> {
  handle(input: Input | Tick, now: Millis): readonly Effect[];
  /** Monotonic milliseconds at which a tick is due next; Infinity when nothing is waiting. */
  readonly deadline: Millis;
}

/** The input that says only that time has passed. A tick before the deadline does nothing. */
export interface Tick {
  readonly type: "tick";
}

export const TICK: Tick = { type: "tick" };
