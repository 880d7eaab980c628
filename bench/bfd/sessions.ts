import type { Ipv4 } from "@vipkit/net";

export const TIMERS = { desiredMinTxMs: 50, requiredMinRxMs: 50, detectMultiplier: 3 } as const;
/** What goes down is told up again at once. */
export const NO_DAMPING = { firstMs: 0, maxMs: 0 } as const;

/** 127.2.0.n talks to 127.3.0.n: loopback, an address for each end. */
export function nearAddress(at: number): Ipv4 {
  return 0x7f02_0001 + at;
}

export function farAddress(at: number): Ipv4 {
  return 0x7f03_0001 + at;
}
