import type { SwimConfig } from "./config.js";

/** The times between which a suspicion turns into a death, and how many confirmations bring it to the shorter one. */
export interface SuspicionBounds {
  readonly minMs: number;
  readonly maxMs: number;
  readonly confirmations: number;
}

/** 1 up to 10 members, then growing with their logarithm, cut to three decimals. */
export function suspicionScale(members: number): number {
  return Math.floor(Math.max(1, Math.log10(Math.max(1, members))) * 1000) / 1000;
}

/** @param members all that are known, dead ones included */
export function suspicionBounds(config: SwimConfig, members: number): SuspicionBounds {
  const minMs = config.suspicionMult * suspicionScale(members) * config.probeIntervalMs;
  const wanted = Math.max(0, config.suspicionMult - 2);
  // With too few others there is nobody left to confirm, so nobody is waited for.
  const confirmations = members - 2 < wanted ? 0 : wanted;
  return { minMs, maxMs: config.suspicionMaxTimeoutMult * minMs, confirmations };
}

/** How long a suspicion lasts in all once `confirmed` others share it. */
export function suspicionMs({ minMs, maxMs, confirmations }: SuspicionBounds, confirmed: number): number {
  if (confirmations === 0) return minMs;
  const fraction = Math.log(confirmed + 1) / Math.log(confirmations + 1);
  return Math.max(minMs, Math.floor(maxMs - fraction * (maxMs - minMs)));
}

/** How often one rumour is sent. */
export function retransmitLimit(mult: number, members: number): number {
  return mult * Math.ceil(Math.log10(members + 1));
}

/** Factor on the push/pull interval: 1 up to 32 members, 2 up to 64, 3 up to 128. */
export function pushPullScale(members: number): number {
  return members <= 32 ? 1 : Math.ceil(Math.log2(members) - 5) + 1;
}
