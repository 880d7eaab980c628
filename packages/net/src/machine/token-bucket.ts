import type { Millis } from "./machine.js";

export interface RateOptions {
  /** Tokens that come back in a second. Infinity: no limit. */
  readonly perSecond: number;
  /** Tokens there are at most, and at the start. */
  readonly burst: number;
}

/** So many at once, so many a second afterwards. May be shared by several machines that live on the same clock. */
export interface TokenBucket {
  /** Takes the tokens if they are there. With more tokens asked for than the burst holds, a full bucket is enough. */
  take(now: Millis, tokens?: number): boolean;
  /** How long after `now` so many tokens will be there; 0 when they are. */
  waitMs(now: Millis, tokens?: number): Millis;
}

export function createTokenBucket({ perSecond, burst }: RateOptions): TokenBucket {
  let level = burst;
  let seen = -Infinity;
  const fill = (now: Millis): void => {
    if (now <= seen) return;
    level = seen === -Infinity ? burst : Math.min(burst, level + ((now - seen) * perSecond) / 1000);
    seen = now;
  };
  return {
    take: (now, tokens = 1) => {
      if (perSecond === Infinity) return true;
      fill(now);
      const enough = Math.min(tokens, burst);
      // What rounding took away must not keep somebody waiting for ever.
      if (level + 1e-6 < enough) return false;
      level = Math.max(0, level - enough);
      return true;
    },
    waitMs: (now, tokens = 1) => {
      if (perSecond === Infinity) return 0;
      fill(now);
      return Math.max(0, ((Math.min(tokens, burst) - level) * 1000) / perSecond);
    },
  };
}
