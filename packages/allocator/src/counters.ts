import type { Pool } from "./pool.js";

/** How full a pool is: distinct addresses. Capacities stop at 2^63 - 1, and `available` is capacity minus use even then. */
export interface Counters {
  readonly assignedIPv4: bigint;
  readonly assignedIPv6: bigint;
  readonly availableIPv4: bigint;
  readonly availableIPv6: bigint;
}

export function countersOf({ ipv4, ipv6 }: Pool): Counters {
  return {
    assignedIPv4: BigInt(ipv4.used),
    assignedIPv6: BigInt(ipv6.used),
    availableIPv4: ipv4.capacity - BigInt(ipv4.used),
    availableIPv6: ipv6.capacity - BigInt(ipv6.used),
  };
}
