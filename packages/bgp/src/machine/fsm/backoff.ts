import type { Millis } from "@vipkit/net";
import type { Side } from "./half.js";

/** How long a peer rests after a failure. */
export interface IdleHoldConfig {
  /** After the first failure. */
  readonly firstMs: Millis;
  /** Never longer than this. */
  readonly maxMs: Millis;
  /** A session that has lasted this long wipes the slate clean. Connecting and exchanging OPEN do not. */
  readonly stableMs: Millis;
}

/** Doubles with every failure in a row, up to the cap; jitter (0 to 1) shortens it by up to a quarter. */
export function idleHoldMs(config: IdleHoldConfig, failures: number, side: Side, jitter: number): Millis {
  // A peer whose good session ended may come back at once: a restarted router dials first, and retries only minutes later.
  if (side === "in" && failures <= 1) return 0;
  const doubled = config.firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30);
  return Math.min(doubled, config.maxMs) * (1 - jitter / 4);
}

/** A small deterministic generator (mulberry32): the state goes in, a number from 0 to 1 and the next state come out. */
export function nextRandom(seed: number): { readonly value: number; readonly seed: number } {
  const next = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { value: ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000, seed: next };
}
