import type { ProbeConfig } from "@vipkit/net";

/**
 * RFC 4862 section 5.1: DupAddrDetectTransmits 1, RetransTimer 1 second (RFC 4861 section 10); the first probe after a random
 * delay up to MAX_RTR_SOLICITATION_DELAY, 1 second (RFC 4862 section 5.4.2).
 */
export const DAD: ProbeConfig = {
  waitMs: 1000,
  count: 1,
  minMs: 1000,
  maxMs: 1000,
  quietMs: 1000,
  maxConflicts: 10,
  rateLimitMs: 60_000,
};
