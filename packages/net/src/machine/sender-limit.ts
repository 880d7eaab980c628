import type { Millis } from "./machine.js";
import type { RateOptions } from "./token-bucket.js";

export interface SenderLimitOptions extends RateOptions {
  /** How many senders are remembered, rounded up to a power of two. A new one takes the place of one that has been quiet. */
  readonly senders: number;
  /** Any 32-bit number that outsiders cannot guess, so that nobody can aim at somebody else's place in the table. */
  readonly seed?: number | undefined;
}

/** A token bucket for each sender, in a table of fixed size that is written in place. */
export interface SenderLimit {
  /** Takes a token of this sender (a MAC address). */
  admits(sender: number, now: Millis): boolean;
}

/** Senders that may share a place: the least recently heard of so many is forgotten. */
const WAYS = 4;

function setOf(sender: number, seed: number, mask: number): number {
  let hash = Math.imul((sender >>> 0) ^ seed, 0x9e3779b1) ^ Math.imul(Math.floor(sender / 0x1_0000_0000), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) & mask) * WAYS;
}

export function createSenderLimit({ perSecond, burst, senders, seed = 0 }: SenderLimitOptions): SenderLimit {
  if (perSecond === Infinity) return { admits: () => true };
  const sets = 2 ** Math.ceil(Math.log2(Math.max(WAYS, senders) / WAYS));
  const known = new Float64Array(sets * WAYS).fill(-1);
  const level = new Float64Array(sets * WAYS);
  const seen = new Float64Array(sets * WAYS).fill(-Infinity);
  const perMs = perSecond / 1000;

  const placeOf = (sender: number): number => {
    const start = setOf(sender, seed, sets - 1);
    let oldest = start;
    for (let place = start; place < start + WAYS; place += 1) {
      if (known[place] === sender) return place;
      if (seen[place]! < seen[oldest]!) oldest = place;
    }
    known[oldest] = sender;
    level[oldest] = burst;
    seen[oldest] = -Infinity;
    return oldest;
  };

  return {
    admits: (sender, now) => {
      const place = placeOf(sender);
      const before = seen[place]!;
      if (before !== -Infinity) level[place] = Math.min(burst, level[place]! + Math.max(0, now - before) * perMs);
      seen[place] = Math.max(now, before);
      if (level[place]! < 1) return false;
      level[place]! -= 1;
      return true;
    },
  };
}
