import type { Millis } from "./machine.js";

/** Time as drivers see it. The real one is in `@vipkit/net/node`; the simulator has one that moves when told. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): Millis;
  /** Calls `wake` once, `delayMs` from now (at once if it is not positive). Returns a function that cancels. */
  after(delayMs: Millis, wake: () => void): () => void;
}
