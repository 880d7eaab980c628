import type { RateOptions } from "./token-bucket.js";

/** How much a responder answers. What is above is dropped and counted. */
export interface ResponderLimits {
  /** Answers for each asking MAC address. */
  readonly perSender: RateOptions;
  /** Answers in all. */
  readonly total: RateOptions;
  /** Askers whose rate is kept. */
  readonly senders: number;
}

/**
 * A router that comes up asks for every address at once, and each client asks again about every 20 seconds: these let through
 * what a busy segment needs, and a single station that floods takes half a percent of the whole.
 */
export const RESPONDER_LIMITS: ResponderLimits = {
  perSender: { perSecond: 1000, burst: 2000 },
  total: { perSecond: 200_000, burst: 20_000 },
  senders: 4096,
};
