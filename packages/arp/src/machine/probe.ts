import type { ProbeConfig } from "@vipkit/net";

/** RFC 5227 section 1.1: PROBE_WAIT, PROBE_NUM, PROBE_MIN, PROBE_MAX, ANNOUNCE_WAIT, MAX_CONFLICTS, RATE_LIMIT_INTERVAL. */
export const ARP_PROBE: ProbeConfig = {
  waitMs: 1000,
  count: 3,
  minMs: 1000,
  maxMs: 2000,
  quietMs: 2000,
  maxConflicts: 10,
  rateLimitMs: 60_000,
};
