import type { Mac } from "../wire/mac.js";
import type { Millis } from "./machine.js";
import { RESPONDER_LIMITS, type ResponderLimits } from "./responder-limits.js";
import { createSenderLimit } from "./sender-limit.js";
import { createTokenBucket } from "./token-bucket.js";

export interface ResponderBookOptions<R extends string> {
  /** Every reason for which a frame may be dropped. */
  readonly reasons: readonly R[];
  readonly limits?: Partial<ResponderLimits> | undefined;
  /** 32 bits that outsiders cannot guess, for the table of askers. */
  readonly seed?: number | undefined;
}

/** What responders of all protocols keep: a counter for every reason, and how much may be answered. */
export interface ResponderBook<R extends string> {
  readonly counters: { received: number; answered: number; readonly dropped: Record<R, number> };
  /** Counts the frame and returns the verdict, always the same one for a reason. */
  readonly drop: <S extends R>(reason: S) => { readonly type: "drop"; readonly reason: S };
  /** Takes a token of the asker and one of all. Why there is none, or undefined. */
  readonly refusal: (asker: Mac, now: Millis) => "rate_sender" | "rate_total" | undefined;
}

export function createResponderBook<R extends string>(options: ResponderBookOptions<R>): ResponderBook<R> {
  const limits = { ...RESPONDER_LIMITS, ...options.limits };
  const perSender = createSenderLimit({ ...limits.perSender, senders: limits.senders, seed: options.seed });
  const total = createTokenBucket(limits.total);
  const { reasons } = options;
  const dropped = Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<R, number>;
  const verdicts = Object.fromEntries(reasons.map((reason) => [reason, Object.freeze({ type: "drop", reason })])) as {
    readonly [S in R]: { readonly type: "drop"; readonly reason: S };
  };
  return {
    counters: { received: 0, answered: 0, dropped },
    drop: (reason) => {
      dropped[reason] += 1;
      return verdicts[reason];
    },
    refusal: (asker, now) => {
      if (!perSender.admits(asker, now)) return "rate_sender";
      return total.take(now) ? undefined : "rate_total";
    },
  };
}
